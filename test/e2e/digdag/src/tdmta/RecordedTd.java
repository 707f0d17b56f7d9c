package tdmta;

import com.google.inject.Inject;
import io.digdag.client.config.Config;
import io.digdag.spi.Operator;
import io.digdag.spi.OperatorContext;
import io.digdag.spi.OperatorFactory;
import io.digdag.spi.TaskResult;
import io.digdag.spi.TemplateEngine;
import io.digdag.util.BaseOperator;
import java.nio.charset.StandardCharsets;

/** `td>` as far as it goes without Treasure Data's Hive: fills in the query and says what would be submitted. */
class RecordedTd implements OperatorFactory {
  private final TemplateEngine templates;

  @Inject
  RecordedTd(TemplateEngine templates) {
    this.templates = templates;
  }

  @Override
  public String getType() {
    return "td";
  }

  @Override
  public Operator newOperator(OperatorContext context) {
    return new BaseOperator(context) {
      @Override
      public TaskResult runTask() {
        Config params = request.getConfig().mergeDefault(request.getConfig().getNestedOrGetEmpty("td"));
        String query = workspace.templateCommand(templates, params, "query", StandardCharsets.UTF_8);
        context.getSecrets().getSecret("td.apikey");
        System.out.printf(
            "td> engine=%s endpoint=%s database=%s create_table=%s%n%s%n",
            params.get("engine", String.class),
            params.get("endpoint", String.class),
            params.get("database", String.class),
            params.get("create_table", String.class),
            query);
        return TaskResult.empty(request);
      }
    };
  }
}
