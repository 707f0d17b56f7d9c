package jdk.nashorn.api.scripting;

import javax.script.ScriptEngine;

/** Where Digdag looks for the JavaScript engine that Java had up to 14: the same engine by its new name. */
public class NashornScriptEngineFactory {
  public ScriptEngine getScriptEngine(String... options) {
    return new org.openjdk.nashorn.api.scripting.NashornScriptEngineFactory().getScriptEngine(options);
  }
}
