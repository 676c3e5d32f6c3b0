"""Every rule and every schedule equals PyTorch's over 50 steps, and goes on from its state dict."""

import numpy as np
import pytest

import minicnn as mc
from minicnn import optim

STEPS = 50
STOP = 20
SHAPES = [(4, 3), (5,), (), (2, 3, 2, 2)]

RULES = {
    "sgd": ("SGD", {"lr": 0.05}),
    "sgd decay": ("SGD", {"lr": 0.05, "weight_decay": 0.1}),
    "momentum": ("SGD", {"lr": 0.05, "momentum": 0.9}),
    "dampening": ("SGD", {"lr": 0.05, "momentum": 0.9, "dampening": 0.3, "weight_decay": 0.01}),
    "nesterov": ("SGD", {"lr": 0.05, "momentum": 0.8, "nesterov": True, "weight_decay": 0.01}),
    "uphill": ("SGD", {"lr": 1e-3, "momentum": 0.5, "maximize": True, "weight_decay": 0.1}),
    "adam": ("Adam", {"lr": 0.03}),
    "adam options": (
        "Adam", {"lr": 0.03, "betas": (0.8, 0.95), "eps": 1e-3, "weight_decay": 0.1}
    ),
    "amsgrad": ("Adam", {"lr": 0.03, "betas": (0.5, 0.6), "amsgrad": True}),
    "adamw": ("AdamW", {"lr": 0.03}),
    "adamw decay": ("AdamW", {"lr": 0.03, "weight_decay": 0.3, "amsgrad": True}),
    "rmsprop": ("RMSprop", {}),
    "rmsprop options": (
        "RMSprop", {"lr": 0.02, "alpha": 0.8, "eps": 1e-3, "weight_decay": 0.1, "momentum": 0.7}
    ),
    "rmsprop centred": ("RMSprop", {"centered": True, "alpha": 0.9, "momentum": 0.5}),
    "adagrad": ("Adagrad", {"lr": 0.1}),
    "adagrad options": (
        "Adagrad",
        {
            "lr": 0.1, "lr_decay": 0.05, "weight_decay": 0.1,
            "initial_accumulator_value": 0.5, "eps": 1e-3,
        },
    ),
}

SCHEDULES = {
    "lambda": lambda s, o: s.LambdaLR(o, lambda t: 1 / (1 + t)),
    "lambda for each": lambda s, o: s.LambdaLR(o, [lambda t: 0.9**t, lambda t: 1 + 0.1 * t]),
    "step": lambda s, o: s.StepLR(o, step_size=7, gamma=0.5),
    "multi-step": lambda s, o: s.MultiStepLR(o, [30, 3, 3, 22], gamma=0.3),
    "exponential": lambda s, o: s.ExponentialLR(o, gamma=0.93),
    "cosine": lambda s, o: s.CosineAnnealingLR(o, T_max=49, eta_min=0.001),
    "cosine up again": lambda s, o: s.CosineAnnealingLR(o, T_max=15, eta_min=0.01),
    "linear": lambda s, o: s.LinearLR(o, start_factor=0.1, end_factor=0.8, total_iters=13),
    "warm-up, cosine": lambda s, o: s.SequentialLR(
        o, [s.LinearLR(o, 0.01, total_iters=8), s.CosineAnnealingLR(o, T_max=42)], [8]
    ),
    "three parts": lambda s, o: s.SequentialLR(
        o, [s.LinearLR(o, 0.5), s.StepLR(o, 4), s.ExponentialLR(o, 0.9)], [6, 31]
    ),
    "one cycle": lambda s, o: s.OneCycleLR(o, max_lr=0.2, total_steps=50),
    "one cycle, linear": lambda s, o: s.OneCycleLR(
        o, [0.2, 0.1], epochs=9, steps_per_epoch=7, anneal_strategy="linear", pct_start=0.2,
        div_factor=5, final_div_factor=50, base_momentum=0.5, max_momentum=[0.9, 0.8],
    ),
    "one cycle, three phases": lambda s, o: s.OneCycleLR(
        o, 0.2, total_steps=60, three_phase=True, cycle_momentum=False
    ),
}


def gradients(step):
    """Gradients that no rule has made: fixed, with zeros, of changing sign."""
    rng = np.random.default_rng(step)
    return [rng.normal(size=shape) * (rng.random(shape) > 0.2) for shape in SHAPES]


class Ours:
    """Two groups: the first parameter with another lr, the rest with the defaults."""

    def __init__(self, rule, options, start, dtype="float64"):
        self.params = [mc.tensor(a, dtype=dtype, requires_grad=True) for a in start]
        groups = [{"params": self.params[:1], "lr": 0.04}, {"params": self.params[1:]}]
        self.optimizer = getattr(optim, rule)(groups, **options)

    def step(self, number):
        for p, g in zip(self.params, gradients(number), strict=True):
            p.grad = g.astype(p.dtype)
        self.params[-1].grad = None if number % 3 == 0 else self.params[-1].grad
        self.optimizer.step()

    def values(self):
        return [p.data for p in self.params]


class Theirs:
    def __init__(self, rule, options, start):
        self.torch = pytest.importorskip("torch")
        self.params = [self.torch.tensor(a, requires_grad=True) for a in start]
        groups = [{"params": self.params[:1], "lr": 0.04}, {"params": self.params[1:]}]
        self.optimizer = getattr(self.torch.optim, rule)(groups, **options)

    def step(self, number):
        for p, g in zip(self.params, gradients(number), strict=True):
            p.grad = self.torch.tensor(g)
        self.params[-1].grad = None if number % 3 == 0 else self.params[-1].grad
        self.optimizer.step()

    def values(self):
        return [p.detach().numpy() for p in self.params]


@pytest.fixture
def start():
    rng = np.random.default_rng(7)
    return [np.asarray(rng.normal(size=shape)) for shape in SHAPES]


def assert_close(ours, theirs):
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-14)


def assert_same_bits(a, b):
    for x, y in zip(a, b, strict=True):
        assert x.dtype == y.dtype
        np.testing.assert_array_equal(x, y)


@pytest.mark.parametrize("name", RULES)
def test_rule_over_50_steps(name, start):
    rule, options = RULES[name]
    ours, theirs = Ours(rule, options, start), Theirs(rule, options, start)
    for number in range(STEPS):
        ours.step(number)
        theirs.step(number)
        assert_close(ours.values(), theirs.values())


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", RULES)
def test_rule_goes_on_from_its_state_dict_with_the_same_bits(name, dtype, start):
    rule, options = RULES[name]
    through = Ours(rule, options, start, dtype)
    for number in range(STOP):
        through.step(number)
    fresh = Ours(rule, {}, through.values(), dtype)
    fresh.optimizer.load_state_dict(through.optimizer.state_dict())
    for number in range(STOP, STEPS):
        through.step(number)
        fresh.step(number)
    assert_same_bits(through.values(), fresh.values())
    assert all(a.dtype == dtype for a in fresh.values())


@pytest.mark.parametrize("name", SCHEDULES)
@pytest.mark.parametrize("rule", ["SGD", "AdamW"])
def test_schedule_over_50_steps(name, rule, start):
    ours, theirs = Ours(rule, {"lr": 0.1}, start), Theirs(rule, {"lr": 0.1}, start)
    mine = SCHEDULES[name](optim.lr_scheduler, ours.optimizer)
    other = SCHEDULES[name](theirs.torch.optim.lr_scheduler, theirs.optimizer)
    for number in range(STEPS):
        np.testing.assert_allclose(mine.get_last_lr(), other.get_last_lr(), rtol=1e-12, atol=1e-15)
        for a, b in zip(ours.optimizer.param_groups, theirs.optimizer.param_groups, strict=True):
            for option in ("lr", "momentum", "betas"):
                np.testing.assert_allclose(a.get(option, 0), b.get(option, 0), rtol=1e-12)
        ours.step(number)
        theirs.step(number)
        mine.step()
        other.step()
    assert_close(ours.values(), theirs.values())
    np.testing.assert_allclose(mine.get_last_lr(), other.get_last_lr(), rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("name", SCHEDULES)
def test_schedule_goes_on_from_its_state_dict_with_the_same_bits(name, start):
    through = Ours("SGD", {"lr": 0.1, "momentum": 0.9}, start)
    schedule = SCHEDULES[name](optim.lr_scheduler, through.optimizer)
    for number in range(STOP):
        through.step(number)
        schedule.step()
    fresh = Ours("SGD", {"lr": 0.7}, through.values())
    new = SCHEDULES[name](optim.lr_scheduler, fresh.optimizer)
    fresh.optimizer.load_state_dict(through.optimizer.state_dict())
    new.load_state_dict(schedule.state_dict())
    for number in range(STOP, STEPS):
        through.step(number)
        fresh.step(number)
        schedule.step()
        new.step()
        assert new.get_last_lr() == schedule.get_last_lr()
    assert_same_bits(through.values(), fresh.values())


PLATEAUS = {
    "default": {"patience": 2},
    "max": {"mode": "max", "factor": 0.5, "patience": 0, "threshold": 0.05},
    "max, absolute": {"mode": "max", "factor": 0.5, "patience": 1, "threshold_mode": "abs"},
    "absolute": {"patience": 1, "threshold": 0.3, "threshold_mode": "abs", "factor": 0.7},
    "cooldown": {"patience": 1, "cooldown": 3, "factor": 0.6, "min_lr": [0.01, 0.03]},
    "eps": {"patience": 0, "eps": 1e-3, "factor": 0.5},
}


@pytest.mark.parametrize("name", PLATEAUS)
def test_plateau_over_50_steps_and_through_its_state_dict(name, start):
    ours, theirs = Ours("SGD", {"lr": 0.1}, start), Theirs("SGD", {"lr": 0.1}, start)
    mine = optim.lr_scheduler.ReduceLROnPlateau(ours.optimizer, **PLATEAUS[name])
    other = theirs.torch.optim.lr_scheduler.ReduceLROnPlateau(theirs.optimizer, **PLATEAUS[name])
    rng = np.random.default_rng(3)
    for number in range(STEPS):
        metric = 2 / (1 + number // 4) + rng.normal() * 0.2 if number != 11 else float("nan")
        mine.step(mc.tensor(metric, dtype="float64"))
        other.step(metric)
        np.testing.assert_allclose(mine.get_last_lr(), other.get_last_lr(), rtol=1e-12)
        if number == STOP:
            fresh = Ours("SGD", {"lr": 0.1}, start)
            new = optim.lr_scheduler.ReduceLROnPlateau(fresh.optimizer)
            fresh.optimizer.load_state_dict(ours.optimizer.state_dict())
            new.load_state_dict({**mine.state_dict()})
            ours, mine = fresh, new
    assert mine.get_last_lr() != [0.04, 0.1]
