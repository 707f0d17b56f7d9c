"""What py> runs: calls module.function with the params it names, and leaves what digdag.env was given."""
import importlib
import inspect
import json
import os
import sys
import traceback
import types

command, input_file, output_file = sys.argv[1:4]
with open(input_file) as file:
    params = json.load(file)["params"]


class Env:
    def __init__(self):
        self.params, self.exported, self.stored = params, {}, {}

    def export(self, values={}, **named):
        self.exported.update(values, **named)

    def store(self, values={}, **named):
        self.stored.update(values, **named)


digdag = sys.modules["digdag"] = types.ModuleType("digdag")
digdag.env = Env()
sys.path.append(os.path.abspath(os.getcwd()))


def arguments_of(function):
    parameters = inspect.signature(function).parameters.values()
    if any(each.kind is each.VAR_KEYWORD for each in parameters):
        return params
    missing = [each.name for each in parameters if each.default is each.empty and each.name not in params]
    if missing:
        raise TypeError("Method '%s' requires parameter '%s' but not set" % (function.__qualname__, missing[0]))
    return {each.name: params[each.name] for each in parameters if each.name in params}


def write(output):
    with open(output_file, "w") as file:
        json.dump(output, file)


try:
    module, _, name = command.rpartition(".")
    function = getattr(importlib.import_module(module), name)
    function(**arguments_of(function))
except SystemExit as end:
    # As in Digdag: an exit in good order leaves no output, and the task fails for it.
    sys.exit(end.code)
except BaseException as error:
    trace = traceback.format_exc().splitlines()
    write({"error": {"class": type(error).__name__, "message": str(error), "backtrace": trace}})
    traceback.print_exc()
    sys.exit(1)
write({"subtask_config": {}, "export_params": digdag.env.exported, "store_params": digdag.env.stored})
