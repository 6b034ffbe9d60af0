"""Where a check runs: folders, environment, and programs that end before their stage's time is over."""
import os
import pathlib
import shutil
import subprocess
import threading
import time

STAGE_SECONDS = 460  # of all that a stage runs: it ends before eight minutes are over
ENDED_BY_TIMEOUT = (124, 137)  # the second where the program had to be killed


class CannotRun(Exception):
    """This machine lacks something; a sentence says what."""


class Failed(Exception):
    def __init__(self, sentence, data=None):
        super().__init__(sentence)
        self.data = data or {}  # what the stage found out all the same


class Workplace:
    def __init__(self, root, out, build, deps):
        self.root, self.out, self.build = root, out, build
        self.deps = deps.absolute() if deps else None
        self.duet = build / "duet"
        self.nvcc = self._find_nvcc()
        self.environment = self._environment()
        self._log_lock = threading.Lock()  # programs may run side by side

    def begin(self, log):
        self.log = log
        self.deadline = time.monotonic() + STAGE_SECONDS

    def seconds_left(self):
        return self.deadline - time.monotonic()

    def program(self, path):
        """Of the build folder."""
        if not (self.build / path).exists():
            raise CannotRun(f"{path} was not built; the build's log says what it needs ({self.build})")
        return self.build / path

    def run(self, command, seconds=None, **variables):
        """The completed process, whatever its status; its output, both streams, is in .stdout and in the log."""
        limit = min(seconds or STAGE_SECONDS, self.seconds_left())
        words = [str(word) for word in command]
        if limit < 1:
            raise Failed(f"the stage's time was over before {pathlib.Path(words[0]).name} could run")
        # timeout, since it also ends what the program has started.
        done = subprocess.run(["timeout", "--kill-after=5", str(int(limit)), *words], cwd=self.root, text=True, errors="replace",
                              env=self.environment | variables, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        with self._log_lock:
            self.log.write(f"$ {' '.join(words)}\n{done.stdout}")
            self.log.flush()
        if done.returncode in ENDED_BY_TIMEOUT:
            raise Failed(f"{pathlib.Path(words[0]).name} was ended after {limit:.0f} s")
        return done

    def run_well(self, command, **rest):
        """Its output; Failed where it did not end well."""
        done = self.run(command, **rest)
        if done.returncode != 0:
            last = done.stdout.strip().split("\n")[-1]
            raise Failed(f"status {done.returncode} of {pathlib.Path(command[0]).name}: {last}")
        return done.stdout

    def _find_nvcc(self):
        in_path = shutil.which("nvcc")
        places = [pathlib.Path(in_path)] if in_path else []
        places += [pathlib.Path("/usr/local/cuda/bin/nvcc")]
        places += [folder / "nvidia/cu13/bin/nvcc" for folder in (self.deps, self.root / "build/cuda-toolkit") if folder]
        return next((place.resolve() for place in places if place.exists()), None)

    def _environment(self):
        """What the caller has in LD_LIBRARY_PATH comes first, so that the double of CUDA can stand in for a GPU; then
        NVIDIA's libraries."""
        libraries = os.environ.get("LD_LIBRARY_PATH", "").split(":")
        variables = dict(os.environ)
        if self.nvcc:
            toolkit = self.nvcc.parents[1]
            libraries += [toolkit / "lib64", toolkit / "lib", toolkit.parent / "cudnn/lib"]
        if self.deps:
            usr = self.deps / "usr"
            libraries += [usr / "lib/x86_64-linux-gnu", self.deps / "lib/x86_64-linux-gnu"]
            variables["PATH"] = f"{usr / 'bin'}:{variables['PATH']}"
            variables["PKG_CONFIG_PATH"] = f"{usr / 'lib/x86_64-linux-gnu/pkgconfig'}:{usr / 'share/pkgconfig'}"
            variables["PKG_CONFIG_SYSROOT_DIR"] = str(self.deps)
            # Headers that Debian keeps by architecture, which compilers look for in the system's folders alone.
            variables["CPLUS_INCLUDE_PATH"] = str(usr / "include/x86_64-linux-gnu")
            for name, folder in (("PYTHONPATH", "python"), ("DUET_DATA_PATH", "data")):
                variables[name] = ":".join(filter(None, (str(self.deps / folder), os.environ.get(name))))
        variables["LD_LIBRARY_PATH"] = ":".join(str(folder) for folder in libraries if folder)
        return variables
