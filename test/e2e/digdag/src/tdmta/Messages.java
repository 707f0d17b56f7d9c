package tdmta;

import io.digdag.core.log.TaskContextLogging;
import io.digdag.spi.Operator;
import io.digdag.spi.OperatorContext;
import io.digdag.spi.OperatorFactory;
import io.digdag.spi.TaskExecutionException;
import io.digdag.spi.TaskResult;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;

/** `echo>`, `fail>`, and `notify>`, by which the engine itself tells that an attempt failed. */
class Messages {
  private Messages() {}

  static OperatorFactory echo() {
    return factory("echo", message -> {
      System.out.println(message);
      byte[] bytes = message.getBytes(StandardCharsets.UTF_8);
      TaskContextLogging.getContext().getLogger().log(bytes, 0, bytes.length);
    });
  }

  static OperatorFactory log() {
    return factory("notify", message -> System.out.println("notification: " + message));
  }

  static OperatorFactory fail() {
    return factory("fail", message -> {
      throw new TaskExecutionException(message);
    });
  }

  private static OperatorFactory factory(String type, Consumer<String> act) {
    return new OperatorFactory() {
      @Override
      public String getType() {
        return type;
      }

      @Override
      public Operator newOperator(OperatorContext context) {
        return () -> {
          act.accept(context.getTaskRequest().getConfig().get("_command", String.class));
          return TaskResult.empty(context.getTaskRequest());
        };
      }
    };
  }
}
