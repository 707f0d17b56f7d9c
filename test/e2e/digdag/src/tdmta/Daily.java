package tdmta;

import io.digdag.client.config.Config;
import io.digdag.client.config.ConfigException;
import io.digdag.spi.ScheduleTime;
import io.digdag.spi.Scheduler;
import io.digdag.spi.SchedulerFactory;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.format.DateTimeParseException;

/** `daily>`: a session each local midnight, run so many hours later. */
class Daily implements SchedulerFactory {
  @Override
  public String getType() {
    return "daily";
  }

  @Override
  public Scheduler newScheduler(Config config, ZoneId zone) {
    String at = config.getOptional("_command", String.class).or(() -> config.get("at", String.class));
    try {
      return new DailyScheduler(zone, LocalTime.parse(at).toSecondOfDay());
    } catch (DateTimeParseException error) {
      throw new ConfigException("daily> scheduler requires hh:mm:ss format: " + at);
    }
  }

  private record DailyScheduler(ZoneId zone, long delaySeconds) implements Scheduler {
    @Override
    public ZoneId getTimeZone() {
      return zone;
    }

    @Override
    public ScheduleTime getFirstScheduleTime(Instant now) {
      Instant lastSession = now.minusSeconds(delaySeconds);
      LocalDate day = lastSession.atZone(zone).toLocalDate();
      Instant midnight = day.atStartOfDay(zone).toInstant();
      return timeOf(midnight.equals(lastSession) ? day : day.plusDays(1));
    }

    @Override
    public ScheduleTime nextScheduleTime(Instant last) {
      return timeOf(last.atZone(zone).toLocalDate().plusDays(1));
    }

    @Override
    public ScheduleTime lastScheduleTime(Instant current) {
      LocalDate day = current.atZone(zone).toLocalDate();
      return timeOf(day.atStartOfDay(zone).toInstant().isBefore(current) ? day : day.minusDays(1));
    }

    private ScheduleTime timeOf(LocalDate day) {
      Instant midnight = day.atStartOfDay(zone).toInstant();
      return ScheduleTime.of(midnight, midnight.plusSeconds(delaySeconds));
    }
  }
}
