/** Maven Central has no main class of Trino's server. Ends with the process that holds its standard input. */
class StartTrino {
  public static void main(String[] arguments) throws Exception {
    Thread server = new Thread(() -> new io.trino.server.Server().start("435"));
    server.setDaemon(true);
    server.start();
    while (System.in.read() >= 0) {}
    Runtime.getRuntime().halt(0);
  }
}
