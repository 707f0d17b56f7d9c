package tdmta;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.inject.Inject;
import io.digdag.client.config.Config;
import io.digdag.spi.CommandLogger;
import io.digdag.spi.OperatorContext;
import io.digdag.spi.PrivilegedVariables;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** Runs a command line as Digdag's DockerCommandExecutor does, or on the machine itself where there is no `docker:`. */
class Commands {
  private static final Pattern VARIABLE = Pattern.compile("[a-zA-Z_][a-zA-Z_0-9]*");
  private final CommandLogger log;

  @Inject
  Commands(CommandLogger log) {
    this.log = log;
  }

  /** Adds each param whose key can be a variable's name; what is no text goes as JSON. */
  static void addParams(Map<String, String> environment, Config params) {
    for (String key : params.getKeys()) {
      if (!VARIABLE.matcher(key).matches()) continue;
      JsonNode value = params.get(key, JsonNode.class);
      environment.put(key, value.isTextual() ? value.textValue() : value.toString());
    }
  }

  /** Adds `_env`, where secrets are read: a missing one is an error of the configuration. */
  static void addPrivileged(Map<String, String> environment, PrivilegedVariables variables) {
    for (String key : variables.getKeys()) environment.put(key, variables.get(key));
  }

  /** A new directory of mode 0700 in `.digdag/tmp` of the project, for what goes in and comes out. */
  static Path createTempDir(OperatorContext context, String kind) throws IOException {
    Path parent = Files.createDirectories(context.getProjectPath().toAbsolutePath().resolve(".digdag/tmp"));
    return Files.createTempDirectory(parent, "digdag-" + kind + "-" + context.getTaskRequest().getTaskId() + "-");
  }

  /** @return the exit status. */
  int run(OperatorContext context, Config params, Path workDir, Map<String, String> environment, List<String> line)
      throws IOException, InterruptedException {
    Path project = context.getProjectPath().normalize().toAbsolutePath();
    boolean inContainer = params.has("docker");
    ProcessBuilder builder =
        new ProcessBuilder(inContainer ? dockerLine(params.getNested("docker"), project, workDir, environment, line) : line);
    if (!inContainer) builder.environment().putAll(environment);
    Process process = builder.directory(workDir.toFile()).redirectErrorStream(true).start();
    process.getOutputStream().close();
    log.copyStdout(process, System.out);
    return process.waitFor();
  }

  private static List<String> dockerLine(
      Config docker, Path project, Path workDir, Map<String, String> environment, List<String> line)
      throws IOException, InterruptedException {
    String program = docker.get("docker", String.class, "docker");
    String image = docker.get("image", String.class);
    if (docker.get("pull_always", Boolean.class, false)) pull(program, image);
    List<String> words = new ArrayList<>(List.of(program, "run"));
    words.addAll(docker.getListOrEmpty("run_options", String.class));
    words.addAll(List.of("--rm", "-v", project + ":" + project + ":rw", "-w", workDir.toString()));
    environment.forEach((key, value) -> words.addAll(List.of("-e", key + "=" + value)));
    words.add(image);
    words.addAll(line);
    return words;
  }

  private static void pull(String program, String image) throws IOException, InterruptedException {
    if (new ProcessBuilder(program, "pull", image).inheritIO().start().waitFor() != 0)
      throw new RuntimeException("Docker pull failed");
  }
}
