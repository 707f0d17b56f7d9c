"""Reads the TFRecord file given as argument as a person would in TensorFlow; prints a JSON list of its patterns."""

import json
import sys

import tensorflow as tf

LISTS = {name: tf.io.VarLenFeature(tf.int64) for name in ("days_before", "channel")}
SINGLES = {name: tf.io.FixedLenFeature([], tf.int64) for name in ("label", "count", "validation_count")}
SPEC = {**LISTS, **SINGLES, "value": tf.io.FixedLenFeature([], tf.float32)}

patterns = []
for payload in tf.data.TFRecordDataset(sys.argv[1]):
    parsed = tf.io.parse_single_example(payload, SPEC)
    pattern = {name: parsed[name].values.numpy().tolist() for name in LISTS}
    pattern.update((name, parsed[name].numpy().item()) for name in (*SINGLES, "value"))
    patterns.append(pattern)
print(json.dumps(patterns))
