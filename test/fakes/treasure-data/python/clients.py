"""What Treasure Data's own clients get of a server, as JSON: python3 clients.py ADDRESS KEY"""
import gzip
import io
import json
import sys
import time

import msgpack
import pandas
import pytd
import tdclient

url, key = sys.argv[1:]
# The clients poll every five seconds.
pause = time.sleep
time.sleep = lambda seconds: pause(min(seconds, 0.02))


def records(*rows):
    packed = b"".join(msgpack.packb(row) for row in rows)
    return gzip.compress(packed)


def rows_of(client, query):
    job = client.query("mta", query, type="trino")
    job.wait()
    if not job.success():
        raise RuntimeError(job.debug)
    return {"columns": job.result_schema, "rows": list(job.result())}


def with_td_client(client):
    seen = {"databases": [database.name for database in client.databases()]}
    seen["tables"] = sorted(table.name for table in client.tables("mta"))
    written = client.table("mta", "shapley")
    seen["schema"], seen["count"] = written.schema, written.count
    seen["shapley"] = rows_of(client, "SELECT channel, share, n FROM shapley ORDER BY 1")
    seen["unnamed"] = rows_of(client, "SELECT count(*), max(n), ARRAY[1, 2], ARRAY[1e0] FROM shapley")

    for name in ("one", "two"):
        client.create_log_table("mta", name)
        client.update_schema("mta", name, [["a", "string", "a"], ["n", "long", "n"]])
    part = records({"time": 1, "a": "streamed", "n": 1})
    client.import_data("mta", "one", "msgpack.gz", io.BytesIO(part), len(part), unique_id="once")

    session = client.create_bulk_import("foreign_session", "mta", "two")
    part = records({"time": 2, "a": "x", "n": 2}, {"time": 3, "a": "y", "n": 3})
    session.upload_part("part", io.BytesIO(part), len(part))
    session.freeze()
    session.perform(wait=True)
    session.commit(wait=True)
    seen["session"] = [session.status, session.valid_records, session.error_records]
    session.delete()

    client.swap_table("mta", "one", "two")
    seen["swapped"] = rows_of(client, "SELECT a, n, time FROM one ORDER BY n")["rows"]
    # This client has no call for it; its bodies are multipart.
    with client.api.post("/v3/table/rename/mta/one/two", {"overwrite": "true"}) as answer:
        seen["renamed"] = answer.status
    seen["after"] = rows_of(client, "SELECT a FROM two ORDER BY a")["rows"]
    seen["left"] = sorted(table.name for table in client.tables("mta"))
    return seen


def with_pytd(client):
    # Without `force_tdclient` it speaks to Trino itself, at port 443 of another host.
    read = client.query("SELECT channel, share FROM shapley ORDER BY 1", force_tdclient=True)
    frame = pandas.DataFrame({"a": ["p", "q"], "n": [5, 6], "time": [1, 2]})
    client.load_table_from_dataframe(frame, "mta.frame", "bulk_import", "error", fmt="msgpack")
    client.load_table_from_dataframe(frame[:1], "mta.frame", "bulk_import", "append", fmt="msgpack")
    wrote = client.query("SELECT a, n, time FROM frame ORDER BY a", force_tdclient=True)
    return {"read": read, "wrote": wrote}


# As people write it, with a slash at the end: its paths then begin with two.
with tdclient.Client(apikey=key, endpoint=f"{url}/") as client:
    seen = with_td_client(client)
seen["pytd"] = with_pytd(pytd.Client(apikey=key, endpoint=url, database="mta"))
print(json.dumps(seen))
