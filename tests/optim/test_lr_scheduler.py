"""Schedules: the few values one can do in one's head, the errors, and state dicts."""

import copy

import numpy as np
import pytest

import minicnn as mc
from minicnn import optim
from minicnn.optim import lr_scheduler as S


def sgd(lr=1.0, groups=1, **options):
    params = [mc.tensor([1.0], requires_grad=True) for _ in range(groups)]
    return optim.SGD([{"params": [p]} for p in params], lr=lr, **options)


def rates(schedule, steps):
    seen = [schedule.get_last_lr()[0]]
    for _ in range(steps):
        schedule.step()
        seen.append(schedule.get_last_lr()[0])
    return seen


def test_values():
    np.testing.assert_allclose(rates(S.StepLR(sgd(), 2, 0.5), 4), [1, 1, 0.5, 0.5, 0.25])
    np.testing.assert_allclose(rates(S.MultiStepLR(sgd(), [1, 3]), 4), [1, 0.1, 0.1, 0.01, 0.01])
    np.testing.assert_allclose(rates(S.ExponentialLR(sgd(), 0.5), 2), [1, 0.5, 0.25])
    half_wave = rates(S.CosineAnnealingLR(sgd(), 4), 4)
    np.testing.assert_allclose(half_wave[::2], [1, 0.5, 0], atol=1e-15)
    np.testing.assert_allclose(rates(S.LinearLR(sgd(), 0.5, total_iters=2), 3), [0.5, 0.75, 1, 1])
    np.testing.assert_allclose(rates(S.LambdaLR(sgd(2.0), lambda t: t), 2), [0, 2, 4])


def test_rate_reaches_the_optimiser():
    optimizer = sgd()
    schedule = S.ExponentialLR(optimizer, 0.5)
    p = optimizer.param_groups[0]["params"][0]
    for _ in range(3):
        p.grad = np.ones(1, "float32")
        optimizer.step()
        schedule.step()
    assert p.item() == 1 - 1 - 0.5 - 0.25


def test_a_schedule_of_ones_own_as_in_pytorch():
    class Root(S.LRScheduler):
        def get_lr(self):
            return [base / (1 + self.last_epoch) ** 0.5 for base in self.base_lrs]

    np.testing.assert_allclose(rates(Root(sgd()), 3), [1, 0.5**0.5, (1 / 3) ** 0.5, 0.5])
    with pytest.raises(NotImplementedError, match="get_lr"):
        S.LRScheduler(sgd())


def test_last_epoch_goes_on_without_a_state_dict():
    optimizer = sgd()
    through = S.StepLR(optimizer, 2, 0.5)
    for _ in range(3):
        through.step()
    new = S.StepLR(optimizer, 2, 0.5, last_epoch=3)
    assert new.get_last_lr() == [0.25] and new.last_epoch == 4
    with pytest.raises(ValueError, match="no 'initial_lr'"):
        S.StepLR(sgd(), 2, last_epoch=3)


def test_one_cycle_moves_beta1_of_adam_and_momentum_of_sgd():
    p = mc.tensor([1.0], requires_grad=True)
    adam = optim.Adam([p])
    schedule = S.OneCycleLR(adam, 1.0, total_steps=10, pct_start=0.5)
    assert adam.param_groups[0]["betas"] == (0.95, 0.999)
    for _ in range(4):
        schedule.step()
    np.testing.assert_allclose(schedule.get_last_lr(), [1.0])
    np.testing.assert_allclose(adam.param_groups[0]["betas"], (0.85, 0.999))
    optimizer = sgd()
    S.OneCycleLR(optimizer, 1.0, total_steps=10)
    assert optimizer.param_groups[0]["momentum"] == 0.95


def test_one_cycle_ends_and_a_call_too_many_changes_nothing():
    optimizer = sgd()
    schedule = S.OneCycleLR(optimizer, 1.0, epochs=2, steps_per_epoch=2)
    for _ in range(4):
        schedule.step()
    before = copy.deepcopy({k: v for k, v in optimizer.param_groups[0].items() if k != "params"})
    for _ in range(2):
        with pytest.raises(ValueError, match="step 5 of 4"):
            schedule.step()
    assert {k: v for k, v in optimizer.param_groups[0].items() if k != "params"} == before
    assert schedule.last_epoch == 4


def test_one_cycle_with_a_phase_of_no_length():
    for share in (0.0, 0.1, 1.0):
        schedule = S.OneCycleLR(sgd(), 1.0, total_steps=10, pct_start=share)
        assert np.isfinite(rates(schedule, 9)).all()


def test_plateau_on_an_accuracy():
    optimizer = sgd()
    schedule = S.ReduceLROnPlateau(optimizer, "max", factor=0.5, patience=1)
    for metric in (0.5, 0.6, 0.6, 0.6):
        schedule.step(metric)
    assert schedule.get_last_lr() == [0.5] == [optimizer.param_groups[0]["lr"]]


def test_foreign_change_of_the_rate_is_named():
    optimizer = sgd()
    schedule = S.StepLR(optimizer, 1)
    S.ExponentialLR(optimizer, 0.5).step()
    with pytest.raises(RuntimeError, match="left lr=1.0 .*finds 0.5.*SequentialLR"):
        schedule.step()
    assert schedule.last_epoch == 0


def test_group_added_later_is_named():
    for make in (lambda o: S.StepLR(o, 1), S.ReduceLROnPlateau):
        optimizer = sgd()
        schedule = make(optimizer)
        optimizer.add_param_group({"params": [mc.tensor([1.0], requires_grad=True)]})
        with pytest.raises(RuntimeError, match="made for 1 parameter groups.*has 2"):
            schedule.step(1.0) if isinstance(schedule, S.ReduceLROnPlateau) else schedule.step()


def parts(optimizer):
    return [S.LinearLR(optimizer), S.StepLR(optimizer, 2)]


ADAGRAD = optim.Adagrad([mc.tensor([1.0], requires_grad=True)])
WRONG = [
    (lambda o: S.StepLR(o.param_groups, 1), TypeError, "schedules an optimiser, got list"),
    (lambda o: S.StepLR(o, 0), ValueError, "step_size=0"),
    (lambda o: S.StepLR(o, 2.0), TypeError, "step_size=2.0"),
    (lambda o: S.StepLR(o, 1, gamma=-1), ValueError, "gamma=-1"),
    (lambda o: S.StepLR(o, 1, last_epoch=-2), ValueError, "last_epoch=-2"),
    (lambda o: S.StepLR(o, 1, last_epoch=1.5), TypeError, "last_epoch=1.5"),
    (lambda o: S.MultiStepLR(o, [3, -1]), ValueError, "milestones=-1"),
    (lambda o: S.ExponentialLR(o, float("nan")), ValueError, "gamma=nan"),
    (lambda o: S.CosineAnnealingLR(o, 0), ValueError, "T_max=0"),
    (lambda o: S.CosineAnnealingLR(o, 5, eta_min=-1), ValueError, "eta_min=-1"),
    (lambda o: S.LinearLR(o, start_factor=0), ValueError, "start_factor=0"),
    (lambda o: S.LinearLR(o, end_factor=1.5), ValueError, "from 0 to 1"),
    (lambda o: S.LinearLR(o, total_iters=0), ValueError, "total_iters=0"),
    (lambda o: S.LambdaLR(o, 0.5), TypeError, "function of the step"),
    (lambda o: S.LambdaLR(o, [abs, abs]), ValueError, "2 functions for 1"),
    (lambda o: S.OneCycleLR(o, 0.1), ValueError, "total_steps, or both"),
    (lambda o: S.OneCycleLR(o, 0.1, epochs=3), ValueError, "total_steps, or both"),
    (lambda o: S.OneCycleLR(o, 0.1, total_steps=0), ValueError, "total_steps=0"),
    (lambda o: S.OneCycleLR(o, [0.1, 0.2], total_steps=9), ValueError, "2 numbers for 1"),
    (lambda o: S.OneCycleLR(o, 0.1, 9, pct_start=1.5), ValueError, "pct_start=1.5"),
    (lambda o: S.OneCycleLR(o, 0.1, 9, anneal_strategy="sin"), ValueError, "'cos' or 'linear'"),
    (lambda o: S.OneCycleLR(o, 0.1, 9, div_factor=0), ValueError, "div_factor=0"),
    (lambda o: S.OneCycleLR(ADAGRAD, 0.1, 9), ValueError, "cycle_momentum=False"),
    (lambda o: S.ReduceLROnPlateau(o, "low"), ValueError, "'min' or 'max'"),
    (lambda o: S.ReduceLROnPlateau(o, threshold_mode="x"), ValueError, "'rel' or 'abs'"),
    (lambda o: S.ReduceLROnPlateau(o, factor=1.0), ValueError, "factor=1.0"),
    (lambda o: S.ReduceLROnPlateau(o, min_lr=[1, 2]), ValueError, "2 numbers for 1"),
    (lambda o: S.SequentialLR(o, parts(o), []), ValueError, "one milestone less"),
    (lambda o: S.SequentialLR(o, [], []), ValueError, "one milestone less"),
    (lambda o: S.SequentialLR(o, parts(o) + parts(o)[:1], [5, 5]), ValueError, "must increase"),
    (lambda o: S.SequentialLR(o, parts(sgd()), [5]), ValueError, "another optimiser"),
    (
        lambda o: S.SequentialLR(o, [S.ReduceLROnPlateau(o), *parts(o)[:1]], [5]),
        TypeError, "ReduceLROnPlateau",
    ),
]


@pytest.mark.parametrize(("make", "error", "message"), WRONG)
def test_wrong_arguments_are_refused(make, error, message):
    with pytest.raises(error, match=message):
        make(sgd())


def test_refused_schedule_leaves_the_optimiser():
    optimizer = sgd(0.5)
    before = optimizer.state_dict()
    for make, error, _ in WRONG:
        if "SequentialLR" in make.__code__.co_names:
            continue  # its parts are schedules that are made first
        with pytest.raises(error):
            make(optimizer)
    assert optimizer.state_dict() == before


def test_state_dict_is_a_copy_and_has_no_optimiser():
    schedule = S.MultiStepLR(sgd(), [2, 4])
    saved = schedule.state_dict()
    assert "optimizer" not in saved
    saved["milestones"].append(1)
    saved["base_lrs"][0] = 9.0
    assert schedule.milestones == [2, 4] and schedule.base_lrs == [1.0]
    lambdas = S.LambdaLR(sgd(), lambda t: 1.0).state_dict()
    assert "lr_lambdas" not in lambdas


STATES = [
    (lambda s: 3, TypeError, "is a dict, got int"),
    (lambda s: {**s, "extra": 1}, ValueError, "unexpected: .'extra'"),
    (lambda s: {k: v for k, v in s.items() if k != "gamma"}, ValueError, "missing: .'gamma'"),
    (lambda s: {**s, "gamma": "x"}, TypeError, "'gamma'"),
    (lambda s: {**s, "base_lrs": [1.0, 1.0]}, ValueError, "for 2 parameter groups"),
    (lambda s: {**s, "base_lrs": ["x"]}, TypeError, "base_lrs"),
    (lambda s: S.ExponentialLR(sgd(), 0.1).state_dict(), ValueError, "missing: .'step_size'"),
]


@pytest.mark.parametrize(("change", "error", "message"), STATES)
def test_wrong_state_is_refused_and_nothing_changes(change, error, message):
    schedule = S.StepLR(sgd(), 2)
    schedule.step()
    before = schedule.state_dict()
    with pytest.raises(error, match=message):
        schedule.load_state_dict(change(schedule.state_dict()))
    assert schedule.state_dict() == before


@pytest.mark.parametrize("damage", ["fewer parts", "a part of another kind"])
def test_wrong_state_of_a_sequence_changes_no_part(damage):
    optimizer = sgd()
    schedule = S.SequentialLR(optimizer, parts(optimizer), [5])
    before = schedule.state_dict()
    saved = copy.deepcopy(before)
    saved["last_epoch"] = 3
    saved["_schedulers"][0]["last_epoch"] = 3
    if damage == "fewer parts":
        saved["_schedulers"].pop()
    else:
        saved["_schedulers"][1] = saved["_schedulers"][0]
    with pytest.raises(ValueError, match="1 schedules, this one 2|belongs to something else"):
        schedule.load_state_dict(saved)
    assert schedule.state_dict() == before
