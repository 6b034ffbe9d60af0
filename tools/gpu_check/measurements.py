"""The stages that say how fast it is: limits, kernels, train, peers."""
import json
import pathlib
import subprocess
import sys
import tempfile

from data import folder_of_data
from workplace import STAGE_SECONDS, CannotRun, Failed

PEERS_FOLDER = pathlib.Path(__file__).resolve().parents[2] / "benchmarks/peers"
sys.path.insert(0, str(PEERS_FOLDER))
import programs

PRECISIONS = ("tf32", "fp32")
PEERS = [("torch", ["torch_mlp.py", "graph"]), ("torch", ["torch_mlp.py", "compile"]),
         ("torch", ["torch_mlp.py", "eager"]), ("jax", ["jax_mlp.py"])]
EPOCHS, ROUNDS = 10, 2


def limits(workplace):
    return json.loads(workplace.run_well([workplace.program("benchmarks/gpu_limits")]))


def kernels(workplace):
    """Microseconds of every op, many times in a row, by precision."""
    program = workplace.program("benchmarks/kernels")
    with tempfile.TemporaryDirectory() as folder:
        outcome = f"{folder}/outcome.json"
        workplace.run_well([program, "--benchmark_min_time=0.2", f"--benchmark_out={outcome}"], DUET_BENCH_DEVICE="cuda")
        with open(outcome) as file:
            runs = json.load(file)["benchmarks"]
    microseconds = {run["name"].removesuffix("/real_time"): run["us"] for run in runs if not run.get("error_occurred")}
    refused = {run["name"]: run["error_message"] for run in runs if run.get("error_occurred")}
    found = {"us": microseconds, "refused": refused}
    if broken := [f"{name}: {why}" for name, why in refused.items() if "has no TF32" not in why]:
        raise Failed(f"{len(broken)} ops did not run: {broken[0]}", found)
    return found


def train(workplace):
    """The reference job of ten epochs, cold and warm."""
    data = folder_of_data(workplace)
    runs = []
    for precision in PRECISIONS * ROUNDS:
        run = run_of_duet(workplace, data, precision)
        if run is not None:
            runs.append(run)
    if not runs:
        raise CannotRun("the GPU has neither precision")
    return {"runs": runs}


def run_of_duet(workplace, data, precision):
    """None where the GPU has not the precision."""
    job = ["--epochs", EPOCHS, "--precision", precision]
    with tempfile.TemporaryDirectory() as folder:
        try:
            run = programs.run_duet(workplace.program("duet"), data, "cuda", job, workplace.environment,
                                    pathlib.Path(folder), workplace.seconds_left())
        except programs.ProgramFailed as failure:
            if "has no TF32" in str(failure):
                return None
            raise Failed(f"duet train: {failure.last_line}") from failure
        with open(f"{folder}/run/run.json") as file:
            record = json.load(file)
    return run | {"precision": precision, "hardware": record["hardware"], "algorithms": record.get("algorithms", {})}


def peers(workplace):
    """In turn with Duet; the first epoch of a run, in which some compile, is charged to none when warm."""
    data = folder_of_data(workplace)
    installed = [module for module in ("torch", "jax") if has_module(workplace, module)]
    if not installed:
        raise CannotRun("neither PyTorch nor JAX is installed, here or in --deps")
    runs, refusals = [], {}
    for number in range(1, ROUNDS + 1):
        if number > 1 and workplace.seconds_left() < STAGE_SECONDS / 2:
            break
        for precision in PRECISIONS:
            ours = run_of_duet(workplace, data, precision)
            if ours is not None:
                runs.append(ours | {"round": number})
            for module, script in PEERS:
                if module not in installed or (script[-1], precision) in refusals:
                    continue
                command = [sys.executable, PEERS_FOLDER / script[0], *script[1:], "--data", data, "--device", "cuda",
                           "--precision", precision, "--epochs", str(EPOCHS)]
                with tempfile.TemporaryDirectory() as folder:
                    try:
                        run = programs.run_peer(command, workplace.environment, pathlib.Path(folder),
                                                min(workplace.seconds_left(), 100))
                        runs.append(run | {"precision": precision, "round": number})
                    except programs.ProgramFailed as failure:
                        workplace.log.write(f"{failure}\n")
                        refusals[script[-1], precision] = failure.last_line
    found = {"runs": runs, "refusals": {" ".join(key): why for key, why in refusals.items()}}
    if refusals:
        raise Failed(f"did not run: {', '.join(found['refusals'])}", found)
    return found


def has_module(workplace, module):
    probe = f"import importlib.util as u, sys; sys.exit(u.find_spec('{module}') is None)"
    return subprocess.run([sys.executable, "-c", probe], env=workplace.environment).returncode == 0
