"""The library that runs the encoder reports to its maker unless it is told not to: here it leaves nothing behind."""

import os
import subprocess
import sys
from pathlib import Path

SESSION = """
from onnx import TensorProto, helper
from encoders.fast_forward import session_of

value = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1]) for name in "xy"]
graph = helper.make_graph([helper.make_node("Identity", ["x"], ["y"])], "same", value[:1], value[1:])
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
print(session_of(model.SerializeToString()).run(None, {"x": [1.0]}))
"""
KEPT = {"PATH", "PYTHONPATH", "LD_LIBRARY_PATH", "VIRTUAL_ENV"}


def test_a_session_writes_no_identity_of_this_machine_and_queues_no_report(tmp_path: Path):
    # Only what is needed to run: the library is quiet by itself where the environment looks like a build's.
    environment = {name: value for name, value in os.environ.items() if name in KEPT} | {"HOME": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", SESSION], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
