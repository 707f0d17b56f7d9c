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


def end_with(error, message, shown):
    """The task fails with the message; Python itself then prints the trace and ends with code 1."""
    trace = traceback.format_exception(type(error), error, error.__traceback__)
    write({"error": {"class": type(error).__name__, "message": message, "backtrace": trace}})
    raise shown


try:
    module, _, name = command.rpartition(".")
    function = getattr(importlib.import_module(module), name)
    function(**arguments_of(function))
except SystemExit as end:
    # As in Digdag since 0.10: it takes an exit for that of a module of the standard library.
    words = ("Failed to call python command with code:%d" % end.code,
             "Possible cause: Invalid python module call, duplicate module name with standard library")
    end_with(end, " ".join(words), Exception(*words))
except Exception as error:
    end_with(error, str(error), error)
write({"subtask_config": {}, "export_params": digdag.env.exported, "store_params": digdag.env.stored})
