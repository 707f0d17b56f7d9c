package tdmta;

import com.google.inject.Inject;
import io.digdag.client.config.Config;
import io.digdag.spi.Operator;
import io.digdag.spi.OperatorContext;
import io.digdag.spi.OperatorFactory;
import io.digdag.spi.TaskResult;
import io.digdag.util.BaseOperator;
import io.digdag.util.UserSecretTemplate;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** `sh>`: writes the command to runner.sh and runs `/bin/sh runner.sh`; all params and `_env` are its environment. */
class Sh implements OperatorFactory {
  private final Commands commands;

  @Inject
  Sh(Commands commands) {
    this.commands = commands;
  }

  @Override
  public String getType() {
    return "sh";
  }

  @Override
  public Operator newOperator(OperatorContext context) {
    return new BaseOperator(context) {
      @Override
      public TaskResult runTask() {
        Config params = request.getConfig().mergeDefault(request.getConfig().getNestedOrGetEmpty("sh"));
        try {
          int status = runScript(context, params, workspace.getPath());
          if (status != 0) throw new RuntimeException("Command failed with code " + status);
          return TaskResult.empty(request);
        } catch (IOException | InterruptedException error) {
          throw new RuntimeException(error);
        }
      }
    };
  }

  private int runScript(OperatorContext context, Config params, Path workDir) throws IOException, InterruptedException {
    Path runner = Commands.createTempDir(context, "sh").resolve("runner.sh");
    Files.writeString(
        runner, UserSecretTemplate.of(params.get("_command", String.class)).format(context.getSecrets()));
    Map<String, String> environment = new LinkedHashMap<>();
    Commands.addParams(environment, params);
    Commands.addPrivileged(environment, context.getPrivilegedVariables());
    List<String> line = new ArrayList<>(params.getListOrEmpty("shell", String.class));
    if (line.isEmpty()) line.add("/bin/sh");
    line.add(workDir.relativize(runner).toString());
    return commands.run(context, params, workDir, environment, line);
  }
}
