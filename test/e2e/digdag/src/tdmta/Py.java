package tdmta;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.inject.Inject;
import io.digdag.client.config.Config;
import io.digdag.spi.Operator;
import io.digdag.spi.OperatorContext;
import io.digdag.spi.OperatorFactory;
import io.digdag.spi.TaskResult;
import io.digdag.util.BaseOperator;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** `py>`: params go in as input.json, what the script leaves in output.json comes out; `_env` alone is the environment. */
class Py implements OperatorFactory {
  private final Commands commands;
  private final ObjectMapper mapper;

  @Inject
  Py(Commands commands, ObjectMapper mapper) {
    this.commands = commands;
    this.mapper = mapper;
  }

  @Override
  public String getType() {
    return "py";
  }

  @Override
  public Operator newOperator(OperatorContext context) {
    return new BaseOperator(context) {
      @Override
      public TaskResult runTask() {
        Config params = request.getConfig().mergeDefault(request.getConfig().getNestedOrGetEmpty("py"));
        try {
          Config output = runScript(context, params, workspace.getPath());
          return TaskResult.defaultBuilder(request)
              .subtaskConfig(output.getNestedOrGetEmpty("subtask_config"))
              .exportParams(output.getNestedOrGetEmpty("export_params"))
              .storeParams(output.getNestedOrGetEmpty("store_params"))
              .build();
        } catch (IOException | InterruptedException error) {
          throw new RuntimeException(error);
        }
      }
    };
  }

  private Config runScript(OperatorContext context, Config params, Path workDir) throws IOException, InterruptedException {
    Path directory = Commands.createTempDir(context, "py");
    Path input = directory.resolve("input.json");
    Path output = directory.resolve("output.json");
    mapper.writeValue(input.toFile(), Map.of("params", params));
    List<String> line = new ArrayList<>(pythonOf(params));
    line.add(workDir.relativize(writeRunner(params, directory)).toString());
    if (params.has("_command")) line.add(params.get("_command", String.class));
    line.add(workDir.relativize(input).toString());
    line.add(workDir.relativize(output).toString());
    Map<String, String> environment = new LinkedHashMap<>();
    Commands.addPrivileged(environment, context.getPrivilegedVariables());
    int status = commands.run(context, params, workDir, environment, line);
    if (status != 0) throw new RuntimeException("Python command failed with code " + status + reasonIn(output));
    if (!Files.exists(output)) throw new RuntimeException("output.json does not exist. Something unexpected error happened. Please check logs.");
    return mapper.readValue(output.toFile(), Config.class);
  }

  /** A script of its own, or one that calls the function that `py>` names. */
  private static Path writeRunner(Config params, Path directory) throws IOException {
    Path runner = directory.resolve("runner.py");
    if (!params.has("_command")) return Files.writeString(runner, params.get("script", String.class));
    try (InputStream script = Py.class.getResourceAsStream("runner.py")) {
      Files.copy(script, runner);
    }
    return runner;
  }

  private static List<String> pythonOf(Config params) {
    JsonNode python = params.getInternalObjectNode().get("python");
    if (python == null) return List.of("python");
    return python.isTextual() ? List.of(python.asText()) : params.getList("python", String.class);
  }

  private String reasonIn(Path output) throws IOException {
    if (!Files.exists(output)) return "";
    Config error = mapper.readValue(output.toFile(), Config.class).getNestedOrGetEmpty("error");
    StringBuilder reason = new StringBuilder("\nError messages from python: ");
    reason.append(error.get("message", String.class, "")).append(" (").append(error.get("class", String.class, "")).append(")");
    for (String line : error.getListOrEmpty("backtrace", String.class)) reason.append("\n\tfrom ").append(line);
    return reason.toString();
  }
}
