"""Checkpoints: a training goes on as if it had not stopped; what does not fit changes nothing."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest
from hostile_files import Payload, damaged, little_memory, npy_bytes, zip_bytes
from strict_array import StrictArray

import minicnn as mc
import minicnn.functional as F
from minicnn import nn, optim, random
from minicnn.data import DataLoader

schedules = optim.lr_scheduler

# -- a training to stop and to go on with -------------------------------------------------------

OPTIMISERS = {
    "SGD, Nesterov momentum": lambda ps: optim.SGD(
        ps, lr=0.05, momentum=0.9, nesterov=True, weight_decay=1e-3
    ),
    "Adam": lambda ps: optim.Adam(ps, lr=0.01, weight_decay=1e-3),
    "AdamW, two groups": lambda ps: optim.AdamW(
        [{"params": ps[:2], "lr": 0.02}, {"params": ps[2:]}], lr=0.01
    ),
    "RMSprop": lambda ps: optim.RMSprop(ps, lr=0.002, momentum=0.5, centered=True),
    "Adagrad": lambda ps: optim.Adagrad(ps, lr=0.02),
}

SCHEDULES = {
    "steps": lambda o: schedules.StepLR(o, 7, 0.5),
    "one cycle": lambda o: schedules.OneCycleLR(o, max_lr=0.05, total_steps=60),
    "warm-up, cosine": lambda o: schedules.SequentialLR(
        o, [schedules.LinearLR(o, total_iters=9), schedules.CosineAnnealingLR(o, T_max=31)], [9]
    ),
    "plateau": lambda o: schedules.ReduceLROnPlateau(o, patience=1, factor=0.7),
}


class Training:
    """Model, optimiser and schedule, with batches drawn in random order."""

    def __init__(self, optimiser="Adam", schedule="warm-up, cosine", dtype="float32"):
        self.model = nn.Sequential(
            nn.Conv2d(1, 3, 3), nn.BatchNorm2d(3), nn.ReLU(), nn.Dropout(0.3), nn.Flatten(),
            nn.Linear(48, 4), nn.Dropout(0.2),
        ).to(dtype)
        self.optimizer = OPTIMISERS[optimiser](list(self.model.parameters()))
        self.scheduler = SCHEDULES[schedule](self.optimizer)
        rng = np.random.default_rng(0)
        images = rng.normal(size=(40, 1, 6, 6)).astype(dtype)
        # without a seed of its own: orders come from manual_seed's generator
        self.batches = DataLoader(images, rng.integers(0, 4, 40), batch_size=10, shuffle=True)

    def run(self, epochs):
        for _ in range(epochs):  # four steps each
            for x, labels in self.batches:
                loss = F.cross_entropy(self.model(x), labels)
                self.optimizer.zero_grad()
                loss.backward()
                self.optimizer.step()
                plateau = isinstance(self.scheduler, schedules.ReduceLROnPlateau)
                self.scheduler.step(*([loss.item()] if plateau else []))
        return self

    def save(self, path, **extra):
        mc.save_checkpoint(path, self.model, self.optimizer, self.scheduler, **extra)

    def load(self, path):
        return mc.load_checkpoint(path, self.model, self.optimizer, self.scheduler)

    def state(self):
        """All that a checkpoint could change, so that == means the same bits."""
        parts = (self.model, self.optimizer, self.scheduler)
        return [comparable(part.state_dict()) for part in parts] + [random.get_state()]


def comparable(value):
    if isinstance(value, dict):
        return {k: comparable(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value), [comparable(v) for v in value]
    if isinstance(value, np.ndarray):
        return value.shape, str(value.dtype), value.tobytes()
    return type(value), repr(value)


@pytest.mark.parametrize(
    "optimiser, schedule",
    [("SGD, Nesterov momentum", "steps"), ("SGD, Nesterov momentum", "plateau"),
     ("Adam", "warm-up, cosine"), ("Adam", "one cycle"), ("AdamW, two groups", "steps"),
     ("RMSprop", "one cycle"), ("Adagrad", "plateau")],
)  # fmt: skip
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_stop_after_20_steps_and_go_on_with_the_same_bits(tmp_path, optimiser, schedule, dtype):
    path = tmp_path / "c.npz"
    mc.manual_seed(3)
    unbroken = Training(optimiser, schedule, dtype).run(5)
    unbroken.save(path, epoch=5)
    at_stop = unbroken.state()
    unbroken.run(5)

    mc.manual_seed(99)
    resumed = Training(optimiser, schedule, dtype).run(2)  # traces of another run are overwritten
    assert resumed.state() != at_stop
    assert resumed.load(path) == {"epoch": 5}
    assert resumed.state() == at_stop
    resumed.run(5)
    assert resumed.state() == unbroken.state()


HERE = os.path.dirname(__file__)
FOLDERS = [HERE, os.path.dirname(HERE)]  # where this file and its helpers are imported from
RESUME = """
import sys
sys.path[:0] = sys.argv[2:]
from test_checkpoint import Training, mc
mc.manual_seed(99)
training = Training()
assert training.load(sys.argv[1]) == {"epoch": 5, "best": 0.25}
training.run(5).save(sys.argv[1], epoch=10)
"""


def test_go_on_in_another_process(tmp_path):
    path = tmp_path / "c.npz"
    mc.manual_seed(3)
    unbroken = Training().run(5)
    unbroken.save(path, epoch=5, best=0.25)
    unbroken.run(5)
    expected = unbroken.state()
    subprocess.run([sys.executable, "-c", RESUME, path, *FOLDERS], check=True)
    resumed = Training()
    assert resumed.load(path) == {"epoch": 10}
    assert resumed.state() == expected


def test_go_on_with_a_loader_that_has_a_seed(tmp_path):
    def loader():
        return DataLoader(np.arange(20), batch_size=5, shuffle=True, seed=4)

    first = loader()
    orders = [[b.tolist() for b in first] for _ in range(3)]
    mc.save_checkpoint(tmp_path / "c.npz", epoch=2)
    second = loader()
    second.epoch = mc.load_checkpoint(tmp_path / "c.npz")["epoch"]
    assert [b.tolist() for b in second] == orders[2]


def test_from_one_device_to_another(tmp_path):
    path = tmp_path / "c.npz"
    training, there = Training().run(1), Training()
    there.model.to("strict")
    training.save(path, note=mc.ones(2, device="strict"))
    assert comparable(there.load(path)["note"]) == comparable(np.ones(2, "float32"))
    moments = [value for entry in there.optimizer.state.values() for value in entry.values()]
    arrays = [value for value in moments if not isinstance(value, int)]
    assert len(arrays) == 12 and {type(a) for a in arrays} == {StrictArray}
    there.save(path)
    back = Training()
    back.load(path)
    assert back.state() == training.state()


# -- what it can hold ---------------------------------------------------------------------------

EXTRA = {
    "number": 3, "huge": 2**100, "text": "ärgerlich \N{SNOWMAN}\0\ud800", "nothing": None,
    "flag": True,
    "odd": [float("inf"), -0.0, 1e-310, 0.1], "nested": {"a": [1, (2, {3: "x", (4, 5): []})]},
    "empty": [{}, (), []], "array": ["array", "array0"], "epochs": ["dict", []],
}


def test_extra_values_come_back_as_they_were(tmp_path):
    mc.save_checkpoint(tmp_path / "c.npz", **EXTRA)
    loaded = mc.load_checkpoint(tmp_path / "c.npz")
    assert loaded == {"epoch": None, **EXTRA}
    assert comparable(loaded) == comparable({"epoch": None, **EXTRA})


def test_arrays_numpy_numbers_and_tensors(tmp_path):
    arrays = [
        np.arange(6.0).reshape(2, 3).T, np.array(True), np.zeros((0, 2), "i1"), np.ones(2, "f2")
    ]
    mc.save_checkpoint(
        tmp_path / "c.npz", arrays=arrays, numbers=[np.float32(0.1), np.int64(-3), np.bool_(True)],
        tensor=mc.tensor([1.5], requires_grad=True), nan=float("nan"), again=[arrays[0]] * 2,
    )
    loaded = mc.load_checkpoint(tmp_path / "c.npz")
    assert comparable(loaded["arrays"]) == comparable(arrays)
    assert loaded["numbers"] == [float(np.float32(0.1)), -3, True]
    assert comparable(loaded["tensor"]) == comparable(np.array([1.5], "float32"))
    assert np.isnan(loaded["nan"]) and comparable(loaded["again"]) == comparable([arrays[0]] * 2)


@pytest.mark.parametrize(
    "value, kind",
    [({1, 2}, "set"), (print, "builtin_function"), (np.array([None]), "ndarray of dtype object"),
     (np.array(["x"]), "ndarray of dtype <U1"), (np.ones(1, complex), "of dtype complex128"),
     (1j, "complex"), (b"x", "bytes"), (nn.ReLU(), "ReLU"), (np.datetime64("2020"), "datetime64")],
)  # fmt: skip
def test_what_it_cannot_hold_is_named_and_nothing_is_written(tmp_path, value, kind):
    path = tmp_path / "c.npz"
    with pytest.raises(TypeError, match=rf"checkpoint\['extra'\]\['log'\]\[1\] is a .*({kind})"):
        mc.save_checkpoint(path, log=[0, value])
    assert list(tmp_path.iterdir()) == []


def test_parts_can_be_left_out(tmp_path):
    path = tmp_path / "c.npz"
    training = Training().run(1)
    training.save(path, epoch=1)
    other = Training()
    before = other.state()
    assert mc.load_checkpoint(path, model=other.model) == {"epoch": 1}
    after = other.state()
    assert after[0] == training.state()[0] and after[1:3] == before[1:3]
    mc.save_checkpoint(path, model=training.model)
    with pytest.raises(ValueError, match="holds no optimizer, only: model"):
        mc.load_checkpoint(path, other.model, other.optimizer)
    assert other.state()[:3] == after[:3]


# -- what does not fit --------------------------------------------------------------------------


def refused(training, path, *messages):
    before = training.state()
    with pytest.raises(ValueError) as caught:
        training.load(path)
    assert training.state() == before
    for message in (path.name, *messages):
        assert message in str(caught.value)


@pytest.fixture
def other():
    """A training under way, which no wrong file may change."""
    mc.manual_seed(8)
    return Training("Adam", "steps").run(1)


def test_each_part_that_does_not_fit(tmp_path, other):
    path = tmp_path / "c.npz"
    small = nn.Linear(2, 2)
    mc.save_checkpoint(path, small, other.optimizer, other.scheduler)
    refused(other, path, "nothing was loaded", "missing in the state dict: '0.weight'")

    mc.manual_seed(1)
    different = Training("SGD, Nesterov momentum", "steps").run(1)  # the model fits, Adam does not
    different.save(path)
    refused(other, path, "nothing was loaded", "was it saved by another kind of optimiser?")

    different = Training("Adam", "one cycle").run(1)
    different.save(path)
    refused(other, path, "nothing was loaded", "StepLR")


def test_an_interruption_changes_nothing(tmp_path, other, monkeypatch):
    path = tmp_path / "c.npz"
    Training("Adam", "steps").run(2).save(path)
    before = other.state()

    def interrupt(state):
        raise KeyboardInterrupt

    monkeypatch.setattr(random, "set_state", interrupt)
    with pytest.raises(KeyboardInterrupt):
        other.load(path)
    assert other.state() == before


def described(content, *arrays):
    """A file whose description is ``content`` (JSON, or bytes), with arrays array0, array1 ..."""
    text = content if isinstance(content, bytes) else json.dumps(content).encode()
    members = [("minicnn checkpoint.npy", npy_bytes(np.frombuffer(text, "u1")))]
    members += [(f"array{i}.npy", npy_bytes(a)) for i, a in enumerate(arrays)]
    return zip_bytes(members)


def sound(**changes):
    """The description of an empty checkpoint, with changes."""
    state = random.get_state()
    generator = {**state["generator"], **changes.pop("generator", {})}
    content = {
        "format": "minicnn checkpoint 1", "epoch": None, "extra": ["dict", []],
        "parts": ["dict", []], "random": {"seed": changes.pop("seed", 3), "generator": generator},
    }
    content.update(changes)
    return ["dict", [[k, v] for k, v in content.items() if v is not ...]]


PICKLE = "pickled Python objects, which are never loaded"
MISSING = ["dict", [["log", ["array", "array7"]]]]
TWICE = ["dict", [["log", ["list", [["array", "array0"]] * 2]]]]
HOSTILE = {
    "an empty file": (b"", "not an intact .npz file"),
    "text": (b"epoch: 3\n" * 100, "not an intact .npz file"),
    "arrays only": (zip_bytes([("a.npy", npy_bytes(np.ones(2)))]), "mc.load_weights?"),
    "a description that is none": (
        zip_bytes([("minicnn checkpoint.npy", npy_bytes(np.ones(2)))]), "is no checkpoint"
    ),
    "a description that is a pickle": (
        zip_bytes([("minicnn checkpoint.npy", npy_bytes(np.array([None])))]), PICKLE
    ),
    "no JSON": (described(b"{]"), "damaged"),
    "no UTF-8": (described(b"\xff\xfe"), "damaged"),
    "no description at all": (described(b""), "damaged"),
    "brackets": (described(b"[" * 1_000_000), "damaged"),
    "lists in lists": (described(b'["list", [' * 100_000 + b"]]" * 100_000), "damaged"),
    "a number": (described(3), "no checkpoint of this version"),
    "an entry of another kind": (described(["call", ["os.abort"]]), "unknown entry 'call'"),
    "an entry of three": (described(["list", [], 1]), "damaged"),
    "a dict of no pairs": (described(["dict", [1]]), "damaged"),
    "a dict with a list for a key": (described(["dict", [[["list", []], 1]]]), "damaged"),
    "an array that is not there": (described(sound(extra=MISSING)), "'array7'"),
    "an array without a name": (described(["array", ["list", []]]), "damaged"),
    "one array many times": (described(sound(extra=TWICE), np.ones(3)), "'array0'"),
    "the description as an array": (described(["array", "minicnn checkpoint"]), "damaged"),
    "a later version": (described(sound(format="minicnn checkpoint 2")), "of this version"),
    "an entry too few": (described(sound(epoch=...)), "of this version"),
    "an entry too many": (described(sound(more=1)), "of this version"),
    "parts that are none": (described(sound(parts=3)), "damaged"),
    "extra that is a list": (described(sound(extra=["list", []])), "damaged"),
    "no parts": (described(sound()), "holds no model, only: nothing"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_files(tmp_path, other, case):
    data, message = HOSTILE[case]
    path = tmp_path / "c.npz"
    path.write_bytes(data)
    refused(other, path, message)


def test_the_sound_description_is_sound(tmp_path):
    (tmp_path / "c.npz").write_bytes(described(sound(epoch=4)))
    assert mc.load_checkpoint(tmp_path / "c.npz") == {"epoch": 4}


RANDOM = {
    "no state": sound(random=3),
    "a seed that is text": sound(seed="3"),
    "a negative seed": sound(seed=-3),
    "another generator": sound(generator={"bit_generator": "MT19937"}),
    "a number out of range": sound(generator={"state": {"state": -1, "inc": 1}}),
    "a number too large": sound(generator={"state": {"state": 2**300, "inc": 1}}),
    "no number": sound(generator={"state": {"state": "x", "inc": 1}}),
    "a part missing": sound(generator={"state": {}}),
}


@pytest.mark.parametrize("case", RANDOM)
def test_a_random_state_that_is_none(tmp_path, case):
    mc.manual_seed(5)
    mc.randn(3)
    before = random.get_state()
    (tmp_path / "c.npz").write_bytes(described(RANDOM[case]))
    with pytest.raises(ValueError, match="nothing was loaded"):
        mc.load_checkpoint(tmp_path / "c.npz")
    assert random.get_state() == before


def test_with_a_damaged_random_state_the_model_is_not_loaded_either(tmp_path, other):
    path = tmp_path / "c.npz"
    Training("Adam", "steps").run(2).save(path)
    with np.load(path) as file:
        members = dict(file)
    text = members.pop("minicnn checkpoint").tobytes().replace(b'"PCG64"', b'"MT199"')
    path.write_bytes(described(text, *members.values()))
    refused(other, path, "nothing was loaded", "must be for a PCG64")


def test_a_pickle_is_never_run(tmp_path, other):
    path = tmp_path / "c.npz"
    array = np.array([Payload(tmp_path / "proof")])
    path.write_bytes(described(sound(extra=["dict", [["x", ["array", "array0"]]]]), array))
    refused(other, path, PICKLE)
    assert not (tmp_path / "proof").exists()


def test_a_compressed_bomb(tmp_path, other):
    path = tmp_path / "c.npz"
    np.savez_compressed(path, **{"minicnn checkpoint": np.zeros(100_000_000, "u1")})
    with little_memory():
        refused(other, path, "it should be stored as it is")


def test_a_damaged_file_changes_nothing(tmp_path, other):
    path, own = tmp_path / "c.npz", tmp_path / "own.npz"
    training = Training("Adam", "steps").run(2)
    training.save(path, epoch=2)
    right = training.state()
    mc.manual_seed(8)
    other.save(own)
    before = other.state()
    assert before != right
    refusals = loads = 0
    for number, (what, data) in enumerate(damaged(path.read_bytes(), flips=200)):
        if "cut" in what and number % 3:
            continue  # a third of the cuts is enough
        path.write_bytes(data)
        try:
            other.load(path)
        except ValueError:
            refusals += 1
            assert other.state() == before, what
        else:  # a date or a permission changed
            loads += 1
            assert other.state() == right, what
            other.load(own)
            assert other.state() == before
    assert refusals > 200 and loads < 60


def test_wrong_arguments(tmp_path):
    model = nn.Linear(2, 2)
    for call in (mc.save_checkpoint, mc.load_checkpoint):
        with pytest.raises(TypeError, match="first argument is its path, got Linear"):
            call(model, tmp_path / "c.npz")
        for name in ("c.pt", "c", ".npz", "c.safetensors"):
            with pytest.raises(ValueError, match=r"must end with '\.npz'"):
                call(tmp_path / name, model)
        with pytest.raises(TypeError, match=r"model must have state_dict\(\).*, got dict"):
            call(tmp_path / "c.npz", {})
    with pytest.raises(FileNotFoundError):
        mc.load_checkpoint(tmp_path / "c.npz", model)
    with pytest.raises(FileNotFoundError, match="the folder"):
        mc.save_checkpoint(tmp_path / "nowhere" / "c.npz", model)
    (tmp_path / "folder.npz").mkdir()
    for call in (mc.save_checkpoint, mc.load_checkpoint):
        with pytest.raises(IsADirectoryError):
            call(tmp_path / "folder.npz", model)


def test_weights_and_checkpoints_are_told_apart(tmp_path):
    model = nn.Linear(2, 2)
    mc.save_weights(model, tmp_path / "w.npz")
    mc.save_checkpoint(tmp_path / "c.npz", model)
    with pytest.raises(ValueError, match="no checkpoint: mc.load_weights?"):
        mc.load_checkpoint(tmp_path / "w.npz", model)
    with pytest.raises(ValueError, match="no such entry: 'array0', 'array1', 'minicnn checkpoint'"):
        mc.load_weights(model, tmp_path / "c.npz")


def test_a_replaced_checkpoint_stays_whole_when_saving_fails(tmp_path, monkeypatch):
    path = tmp_path / "c.npz"
    Training().run(1).save(path, epoch=1)
    before = path.read_bytes()

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        Training().run(1).save(path, epoch=2)
    assert path.read_bytes() == before and [p.name for p in tmp_path.iterdir()] == ["c.npz"]
