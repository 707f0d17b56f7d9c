package tdmta;

import com.google.common.collect.ImmutableList;
import com.google.inject.Binder;
import com.google.inject.Module;
import com.google.inject.Scopes;
import com.google.inject.multibindings.Multibinder;
import io.digdag.spi.CommandExecutor;
import io.digdag.spi.Extension;
import io.digdag.spi.OperatorFactory;
import io.digdag.spi.SchedulerFactory;
import java.util.List;

/** What the workflows need of digdag-standards, which Maven Central does not have. */
public class Standards implements Extension {
  @Override
  public List<Module> getModules() {
    return ImmutableList.of(Standards::bind);
  }

  private static void bind(Binder binder) {
    binder.bind(CommandExecutor.class).toInstance((path, request, builder) -> builder.start());
    binder.bind(Commands.class).in(Scopes.SINGLETON);
    Multibinder<OperatorFactory> operators = Multibinder.newSetBinder(binder, OperatorFactory.class);
    operators.addBinding().to(Sh.class).in(Scopes.SINGLETON);
    operators.addBinding().to(Py.class).in(Scopes.SINGLETON);
    operators.addBinding().toInstance(Groups.forEach());
    operators.addBinding().toInstance(Groups.ifThenElse());
    operators.addBinding().toInstance(Messages.echo());
    operators.addBinding().toInstance(Messages.fail());
    operators.addBinding().toInstance(Messages.log());
    operators.addBinding().to(RecordedTd.class).in(Scopes.SINGLETON);
    Multibinder.newSetBinder(binder, SchedulerFactory.class).addBinding().toInstance(new Daily());
  }
}
