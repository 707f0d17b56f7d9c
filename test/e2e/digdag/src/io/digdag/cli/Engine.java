package io.digdag.cli;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.joran.JoranConfigurator;
import com.beust.jcommander.JCommander;
import com.google.inject.AbstractModule;
import com.google.inject.Guice;
import com.google.inject.Injector;
import com.google.inject.TypeLiteral;
import io.digdag.core.Environment;
import java.io.InputStream;
import java.io.PrintStream;
import java.util.Map;
import org.slf4j.LoggerFactory;

/** Digdag's own main without the commands that need a server, whose jar Maven Central does not have. */
public class Engine {
  public static void main(String... words) throws Exception {
    Injector injector = Guice.createInjector(new AbstractModule() {
      @Override
      protected void configure() {
        bind(new TypeLiteral<Map<String, String>>() {}).annotatedWith(Environment.class).toInstance(System.getenv());
        bind(io.digdag.client.Version.class).toInstance(io.digdag.client.DigdagVersion.buildVersion());
        bind(String.class).annotatedWith(ProgramName.class).toInstance("digdag");
        bind(InputStream.class).annotatedWith(StdIn.class).toInstance(System.in);
        bind(PrintStream.class).annotatedWith(StdOut.class).toInstance(System.out);
        bind(PrintStream.class).annotatedWith(StdErr.class).toInstance(System.err);
      }
    });
    JCommander commander = new JCommander(new Main.MainOptions());
    commander.addCommand("run", injector.getInstance(Run.class));
    commander.addCommand("check", injector.getInstance(Check.class));
    commander.addCommand("archive", injector.getInstance(io.digdag.cli.client.Archive.class));
    commander.parse(words);
    Command command = (Command) commander.getCommands().get(commander.getParsedCommand()).getObjects().get(0);
    configureLogging(command.logLevel);
    System.exit(run(command));
  }

  private static int run(Command command) {
    try {
      command.main();
      return 0;
    } catch (SystemExitException end) {
      if (end.getMessage() != null) System.err.println("error: " + end.getMessage());
      return end.getCode();
    } catch (Exception error) {
      System.err.println("error: " + io.digdag.core.agent.OperatorManager.formatExceptionMessage(error));
      return 1;
    }
  }

  private static void configureLogging(String level) throws Exception {
    LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
    context.reset();
    System.setProperty("digdag.log.level", level.toUpperCase());
    JoranConfigurator configurator = new JoranConfigurator();
    configurator.setContext(context);
    configurator.doConfigure(Main.class.getResource("/digdag/cli/logback-console.xml"));
  }
}
