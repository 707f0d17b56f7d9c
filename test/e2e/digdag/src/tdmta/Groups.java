package tdmta;

import com.fasterxml.jackson.databind.JsonNode;
import io.digdag.client.config.Config;
import io.digdag.client.config.ConfigException;
import io.digdag.spi.Operator;
import io.digdag.spi.OperatorContext;
import io.digdag.spi.OperatorFactory;
import io.digdag.spi.TaskRequest;
import io.digdag.spi.TaskResult;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** `for_each>` and `if>`: they do nothing but tell the engine which subtasks there are. */
class Groups {
  private Groups() {}

  static OperatorFactory forEach() {
    return factory("for_each", Groups::combinations);
  }

  static OperatorFactory ifThenElse() {
    return factory("if", request -> {
      Config params = request.getConfig();
      Config then = params.getNestedOrGetEmpty("_do");
      Config otherwise = params.getNestedOrGetEmpty("_else_do");
      if (then.isEmpty() && otherwise.isEmpty()) throw new ConfigException("Both _do and _else_do are not specified.");
      return params.get("_command", boolean.class) ? then : otherwise;
    });
  }

  static OperatorFactory factory(String type, Function<TaskRequest, Config> subtasks) {
    return new OperatorFactory() {
      @Override
      public String getType() {
        return type;
      }

      @Override
      public Operator newOperator(OperatorContext context) {
        TaskRequest request = context.getTaskRequest();
        return () -> TaskResult.defaultBuilder(request).subtaskConfig(subtasks.apply(request)).build();
      }
    };
  }

  /** A subtask for each combination of the lists, named as Digdag names them: `+for-0=kind=1=purchase`. */
  private static Config combinations(TaskRequest request) {
    Config params = request.getConfig();
    Config lists = params.parseNested("_command");
    List<Combination> found = List.of(new Combination(List.of(), params.getFactory().create()));
    int at = 0;
    for (String key : lists.getKeys()) {
      List<Combination> next = new ArrayList<>();
      for (Combination former : found) next.addAll(former.with(at, key, lists.parseList(key, JsonNode.class)));
      found = next;
      at++;
    }
    Config generated = params.getFactory().create();
    for (Combination each : found) {
      Config subtask = params.getNested("_do").deepCopy();
      subtask.getNestedOrSetEmpty("_export").setAll(each.values);
      generated.set("+for-" + String.join("&", each.tags), subtask);
    }
    if (params.get("_parallel", boolean.class, false)) generated.set("_parallel", true);
    return generated;
  }

  private record Combination(List<String> tags, Config values) {
    List<Combination> with(int at, String key, List<JsonNode> items) {
      List<Combination> next = new ArrayList<>();
      for (int item = 0; item < items.size(); item++) {
        List<String> longer = new ArrayList<>(tags);
        longer.add(at + "=" + tag(key) + "=" + item + "=" + tag(textOf(items.get(item))));
        next.add(new Combination(longer, values.deepCopy().set(key, items.get(item))));
      }
      return next;
    }
  }

  private static String textOf(JsonNode node) {
    return node.isTextual() ? node.textValue() : node.toString();
  }

  private static String tag(String text) {
    String start = text.length() > 8 ? text.substring(0, 8) : text;
    return URLEncoder.encode(start, StandardCharsets.UTF_8).replace("+", "%20");
  }
}
