"""What all optimisers share: groups, in-place updates, closures, state dicts, and the errors."""

import copy
import pickle

import numpy as np
import pytest

import minicnn as mc
from minicnn import optim

RULES = [optim.SGD, optim.Adam, optim.AdamW, optim.RMSprop, optim.Adagrad]
REMEMBERING = [
    (optim.SGD, {"momentum": 0.9}),
    (optim.Adam, {"amsgrad": True}),
    (optim.AdamW, {}),
    (optim.RMSprop, {"momentum": 0.5, "centered": True}),
    (optim.Adagrad, {}),
]


def leaf(*shape, dtype="float32"):
    rng = np.random.default_rng(len(shape))
    return mc.tensor(rng.normal(size=shape), dtype=dtype, requires_grad=True)


def stepped(rule, options, dtype="float32", steps=3):
    params = [leaf(2, 3, dtype=dtype), leaf(3, dtype=dtype)]
    optimizer = rule(params, **options)
    for _ in range(steps):
        optimizer.zero_grad()
        loss = (params[0] * params[0]).sum() + params[1].sum()
        loss.backward()
        optimizer.step()
    return params, optimizer


def snapshot(optimizer):
    """Everything that a refusal must leave as it was."""
    values = [p.data.copy() for group in optimizer.param_groups for p in group["params"]]
    return values, optimizer.state_dict()


def assert_same(a, b):
    np.testing.assert_equal(a, b)


# Updates ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("rule", "options"), REMEMBERING)
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_update_is_in_place_and_leaves_gradient_and_dtype(rule, options, dtype):
    p = leaf(3, 2, dtype=dtype)
    array, before = p.data, p.data.copy()
    optimizer = rule([p], weight_decay=0.1, lr=np.float64(0.1), **options)
    for _ in range(2):
        p.grad = np.full((3, 2), 0.5, dtype)
        grad = p.grad
        optimizer.step()
        assert p.grad is grad
        assert_same(grad, np.full((3, 2), 0.5, dtype))
    assert p.data is array and p.dtype == dtype
    assert (array != before).all()
    for value in optimizer.state[p].values():
        assert isinstance(value, int) or value.dtype == dtype


@pytest.mark.parametrize("rule", RULES)
def test_parameter_without_gradient_is_left(rule):
    p, q = leaf(3), leaf(2)
    optimizer = rule([p, q], lr=0.1, weight_decay=0.5)
    p.grad = np.ones(3, "float32")
    before = q.data.copy()
    optimizer.step()
    assert_same(q.data, before)
    assert q not in optimizer.state or not optimizer.state[q]


def test_a_numpy_number_as_rate_between_steps_does_not_promote():
    p = leaf(3)
    optimizer = optim.SGD([p], lr=0.1, momentum=0.5)
    optimizer.param_groups[0]["lr"] = np.float64(0.2)
    p.grad = np.ones(3, "float32")
    before = p.data.copy()
    optimizer.step()
    assert_same(p.data, before - np.float32(0.2))
    assert type(optimizer.param_groups[0]["lr"]) is float


@pytest.mark.parametrize("rule", RULES)
def test_minimum_of_a_bowl_is_found(rule):
    p = mc.tensor([3.0, -2.0], requires_grad=True)
    optimizer = rule([p], lr=0.3)
    for _ in range(300):
        optimizer.zero_grad()
        ((p - mc.tensor([1.0, 2.0])) ** 2).sum().backward()
        optimizer.step()
    np.testing.assert_allclose(p.data, [1, 2], atol=0.25)


def test_maximize_goes_uphill():
    p = mc.tensor([1.0], requires_grad=True)
    optimizer = optim.SGD([p], lr=0.5, maximize=True)
    p.grad = np.ones(1, "float32")
    optimizer.step()
    assert_same(p.data, np.float32([1.5]))


def test_closure_is_called_with_gradients_on_and_its_loss_returned():
    p = leaf(3)
    optimizer = optim.SGD([p], lr=0.1)

    def closure():
        optimizer.zero_grad()
        loss = (p * p).sum()
        loss.backward()
        return loss

    before = p.data.copy()
    with mc.no_grad():
        loss = optimizer.step(closure)
    np.testing.assert_allclose(loss.item(), (before**2).sum(), rtol=1e-6)
    np.testing.assert_allclose(p.data, before - 0.2 * before, rtol=1e-5)
    assert optimizer.step() is None


def test_centred_rmsprop_survives_a_constant_gradient():
    p = leaf(1)
    optimizer = optim.RMSprop([p], lr=1e-8, alpha=0.8, centered=True)  # s − m² < 0 at step 70
    for _ in range(200):
        p.grad = np.full(1, 0.1, "float32")
        optimizer.step()
    assert np.isfinite(p.data).all()


def test_zero_grad():
    p = leaf(2)
    optimizer = optim.SGD([p], lr=0.1)
    p.grad = np.ones(2, "float32")
    grad = p.grad
    optimizer.zero_grad(set_to_none=False)
    assert p.grad is grad and not grad.any()
    optimizer.zero_grad()
    assert p.grad is None
    optimizer.zero_grad(set_to_none=False)
    assert p.grad is None


def test_a_rule_of_ones_own():
    class SignSGD(optim.Optimizer):
        def __init__(self, params, lr=1e-3):
            super().__init__(params, {"lr": lr})

        def update(self, p, g, state, group):
            state["calls"] = state.get("calls", 0) + 1
            p -= group["lr"] * np.sign(g)

    p = mc.tensor([1.0, 1.0], requires_grad=True)
    optimizer = SignSGD([p], lr=0.25)
    p.grad = np.float32([7, -7])
    optimizer.step()
    assert_same(p.data, np.float32([0.75, 1.25]))
    other = SignSGD([p])
    other.load_state_dict(optimizer.state_dict())
    assert other.state[p] == {"calls": 1} and other.param_groups[0]["lr"] == 0.25
    with pytest.raises(ValueError, match="SignSGD: lr=-1 must be"):
        SignSGD([p], lr=-1)


def test_rule_without_update_says_so():
    p = leaf(2)
    optimizer = optim.Optimizer([p], {"lr": 0.1})
    p.grad = np.ones(2, "float32")
    with pytest.raises(NotImplementedError, match="update"):
        optimizer.step()


def test_deep_copy_and_pickle_go_on_with_their_own_parameters():
    params, optimizer = stepped(optim.Adam, {})
    for copied in (copy.deepcopy(optimizer), pickle.loads(pickle.dumps(optimizer))):
        theirs = copied.param_groups[0]["params"]
        assert theirs[0] is not params[0] and not np.shares_memory(theirs[0].data, params[0].data)
        assert copied.state[theirs[0]]["step"] == 3


def test_repr_names_every_group_and_option():
    text = repr(optim.SGD([{"params": [leaf(2)], "lr": 0.5, "name": "head"}], lr=0.1))
    assert "SGD" in text and "1 parameters" in text and "lr: 0.5" in text and "name: head" in text


# Groups -------------------------------------------------------------------------------------


def test_groups_take_what_they_lack_from_the_defaults():
    p, q = leaf(2), leaf(3)
    given = [{"params": [p]}, {"params": iter([q]), "lr": 0.5, "name": "head"}]
    optimizer = optim.SGD(given, lr=0.1, momentum=0.9)
    first, second = optimizer.param_groups
    assert (first["lr"], first["momentum"]) == (0.1, 0.9)
    assert (second["lr"], second["momentum"], second["name"]) == (0.5, 0.9, "head")
    assert second["params"][0] is q
    assert "lr" not in given[0]  # the user's dicts stay as they were


def test_add_param_group():
    p, q = leaf(2), leaf(3)
    optimizer = optim.SGD([p], lr=0.1)
    optimizer.add_param_group({"params": [q], "lr": 0.5})
    q.grad = np.ones(3, "float32")
    before = q.data.copy()
    optimizer.step()
    np.testing.assert_allclose(q.data, before - 0.5, rtol=1e-6)


def test_an_empty_group_beside_a_full_one_is_allowed():
    optimizer = optim.SGD([{"params": [leaf(2)]}, {"params": [], "weight_decay": 0.1}], lr=0.1)
    optimizer.step()


class FakeModule:
    def parameters(self):
        yield leaf(2)


def exhausted():
    generator = FakeModule().parameters()
    list(generator)
    return generator


SHARED = leaf(2)
WRONG_PARAMS = [
    (FakeModule(), TypeError, r"pass its \.parameters\(\)"),
    (FakeModule().parameters, TypeError, r"call it, parameters\(\)"),
    (leaf(2), TypeError, "put it in a list"),
    ({"w": leaf(2)}, TypeError, "values"),
    ({SHARED}, TypeError, "no fixed order"),
    ("weights", TypeError, "is a str"),
    (None, TypeError, "NoneType"),
    (exhausted(), ValueError, "got no parameters. A generator is empty"),
    ([], ValueError, "got no parameters"),
    ([{"params": exhausted()}], ValueError, "empty generator"),
    ([{"params": []}], ValueError, "got no parameters"),
    ([leaf(2), FakeModule()], TypeError, r"params\[1\] is a FakeModule: pass its"),
    ([("weight", leaf(2))], TypeError, "named_parameters"),
    ([np.zeros(2)], TypeError, "requires_grad=True"),
    ([3.0], TypeError, "params.0. is a float"),
    ([leaf(2) * 2], ValueError, "computed by Mul.*only a leaf"),
    ([mc.tensor([1, 2])], TypeError, "int64: only floats"),
    ([SHARED, SHARED], ValueError, r"params\[1\].*twice"),
    ([{"params": [SHARED]}, {"params": [SHARED]}], ValueError, "twice"),
    ([{"params": [leaf(2)]}, leaf(3)], TypeError, "mixes dicts with Tensors"),
    ([{"lr": 0.1}], TypeError, "key 'params'"),
    ([{"params": [leaf(2)], "learning_rate": 1}], ValueError, "no option 'learning_rate'.*'lr'"),
    ([{"params": [leaf(2)], "lr": -1}], ValueError, "lr=-1"),
    ([{"params": leaf(2)}], TypeError, "put it in a list"),
]


@pytest.mark.parametrize(("params", "error", "message"), WRONG_PARAMS)
@pytest.mark.parametrize("rule", RULES)
def test_wrong_parameters_are_refused_with_a_hint(rule, params, error, message):
    with pytest.raises(error, match=message):
        rule(params)


def test_refused_group_is_not_added():
    p = leaf(2)
    optimizer = optim.SGD([p], lr=0.1)
    for group in ({"params": [p]}, {"params": [leaf(3)], "lr": float("nan")}, [leaf(3)]):
        with pytest.raises((TypeError, ValueError)):
            optimizer.add_param_group(group)
    assert len(optimizer.param_groups) == 1


# Options ------------------------------------------------------------------------------------

WRONG_OPTIONS = [
    *[(rule, {"lr": lr}, ValueError) for rule in RULES
      for lr in (-0.1, float("nan"), float("inf"), 10**400)],
    *[(rule, {"lr": lr}, TypeError) for rule in RULES for lr in ("0.1", None, True, [0.1], 1j)],
    *[(rule, {"weight_decay": -1}, ValueError) for rule in RULES],
    *[(rule, {"maximize": 1}, TypeError) for rule in RULES],
    (optim.SGD, {"momentum": -0.1}, ValueError),
    (optim.SGD, {"dampening": float("nan")}, ValueError),
    (optim.SGD, {"nesterov": True}, ValueError),
    (optim.SGD, {"nesterov": True, "momentum": 0.9, "dampening": 0.1}, ValueError),
    (optim.SGD, {"nesterov": "yes", "momentum": 0.9}, TypeError),
    (optim.Adam, {"betas": 0.9}, TypeError),
    (optim.Adam, {"betas": (0.9,)}, TypeError),
    (optim.Adam, {"betas": (0.9, 1.0)}, ValueError),
    (optim.AdamW, {"betas": (-0.1, 0.9)}, ValueError),
    (optim.Adam, {"eps": -1e-8}, ValueError),
    (optim.Adam, {"amsgrad": None}, TypeError),
    (optim.RMSprop, {"alpha": -1}, ValueError),
    (optim.RMSprop, {"alpha": 1.5}, ValueError),
    (optim.RMSprop, {"momentum": float("inf")}, ValueError),
    (optim.RMSprop, {"centered": 0}, TypeError),
    (optim.Adagrad, {"lr_decay": -1}, ValueError),
    (optim.Adagrad, {"initial_accumulator_value": -1}, ValueError),
    (optim.Adagrad, {"eps": -1}, ValueError),
]


@pytest.mark.parametrize(("rule", "options", "error"), WRONG_OPTIONS)
def test_wrong_option_is_refused_by_name(rule, options, error):
    name = next(iter(options))
    with pytest.raises(error, match=f"{rule.__name__}: {name}|nesterov needs momentum"):
        rule([leaf(2)], **options)


def test_option_set_wrongly_later_is_refused_before_anything_changes():
    params, optimizer = stepped(optim.SGD, {"momentum": 0.9})
    optimizer.param_groups[0]["lr"] = float("nan")
    before = [p.data.copy() for p in params]
    with pytest.raises(ValueError, match="lr=nan"):
        optimizer.step()
    assert_same([p.data for p in params], before)


def test_defaults_are_pytorchs():
    torch = pytest.importorskip("torch")
    for rule in RULES:
        theirs = getattr(torch.optim, rule.__name__)([torch.zeros(1)]).defaults
        for name, value in rule([leaf(1)]).defaults.items():
            assert theirs[name] == value, (rule, name)


# Gradients ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("grad", "error", "message"),
    [
        (np.ones(3, "float32"), ValueError, r"parameter 1 \(shape \(2,\).*has shape \(3,\)"),
        (np.ones(2), TypeError, "dtype float64"),
        (mc.ones(2), TypeError, "take .data"),
        ([1.0, 1.0], TypeError, "is a list"),
    ],
)
def test_wrong_gradient_is_refused_before_anything_changes(grad, error, message):
    p, q = leaf(3), leaf(2)
    optimizer = optim.Adam([p, q])
    p.grad, q.grad = np.ones(3, "float32"), grad
    before = p.data.copy()
    with pytest.raises(error, match=message):
        optimizer.step()
    assert_same(p.data, before)
    assert not optimizer.state[p]


def test_read_only_parameter_is_refused_before_anything_changes():
    p, q = leaf(2), mc.Tensor(np.broadcast_to(np.float32(1), (3,)), requires_grad=True)
    optimizer = optim.SGD([p, q], lr=0.1)
    p.grad, q.grad = np.ones(2, "float32"), np.ones(3, "float32")
    before = p.data.copy()
    with pytest.raises(ValueError, match="parameter 1.*read-only"):
        optimizer.step()
    assert_same(p.data, before)


def test_state_of_another_dtype_is_refused():
    params, optimizer = stepped(optim.Adam, {})
    for p in params:
        p.data, p.grad = p.data.astype("float64"), np.ones(p.shape)
    with pytest.raises(RuntimeError, match="make the optimiser after model.to"):
        optimizer.step()


# State dicts --------------------------------------------------------------------------------


@pytest.mark.parametrize(("rule", "options"), REMEMBERING)
def test_state_dict_never_aliases(rule, options):
    params, optimizer = stepped(rule, options)
    saved = optimizer.state_dict()
    kept = copy.deepcopy(saved)
    other = rule([leaf(2, 3), leaf(3)])
    other.load_state_dict(saved)
    for p in params:
        p.grad = np.ones(p.shape, "float32")
    optimizer.step()
    assert_same(saved, kept)
    for entry in saved["state"].values():
        for value in entry.values():
            if isinstance(value, np.ndarray):
                value[...] = -1
    assert_same(other.state_dict(), kept)


def test_state_dict_has_pytorchs_form():
    _, optimizer = stepped(optim.Adam, {}, steps=2)
    saved = optimizer.state_dict()
    assert saved["param_groups"][0]["params"] == [0, 1]
    assert list(saved["state"]) == [0, 1]
    assert set(saved["state"][0]) == {"step", "exp_avg", "exp_avg_sq"}
    assert saved["state"][0]["step"] == 2


def test_load_takes_tensors_and_other_floats_and_keeps_the_parameters_dtype():
    _, optimizer = stepped(optim.Adam, {}, dtype="float64")
    saved = optimizer.state_dict()
    saved["state"][0]["exp_avg"] = mc.tensor(saved["state"][0]["exp_avg"])
    saved["state"][0]["step"] = np.array(3.0)
    p, q = leaf(2, 3), leaf(3)
    other = optim.Adam([p, q])
    other.load_state_dict(saved)
    assert other.state[p]["exp_avg"].dtype == "float32" and other.state[p]["step"] == 3
    assert other.param_groups[0]["params"][1] is q


def damaged(change):
    _, optimizer = stepped(optim.Adam, {})
    saved = optimizer.state_dict()
    return change(saved) or saved


WRONG_STATES = {
    "no dict": (lambda s: [1], TypeError, "'state' and 'param_groups'"),
    "no groups": (lambda s: {"state": {}}, TypeError, "'state' and 'param_groups'"),
    "groups no list": (lambda s: {**s, "param_groups": 3}, TypeError, "list of dicts"),
    "group no dict": (lambda s: {**s, "param_groups": [3]}, TypeError, "list of dicts"),
    "no params": (lambda s: {**s, "param_groups": [{"lr": 1}]}, TypeError, "under 'params'"),
    "state no dict": (lambda s: {**s, "state": [1]}, TypeError, "'state' of a state dict"),
    "two groups": (
        lambda s: {**s, "param_groups": s["param_groups"] * 2}, ValueError, "2 parameter groups"
    ),
    "fewer parameters": (
        lambda s: s["param_groups"][0].update(params=[0]), ValueError, "group 0 has 1 parameters"
    ),
    "same number": (
        lambda s: s["param_groups"][0].update(params=[0, 0]), ValueError, "each there once"
    ),
    "number no int": (
        lambda s: s["param_groups"][0].update(params=["0", "1"]), ValueError, "numbers"
    ),
    "lacks an option": (
        lambda s: s["param_groups"][0].pop("betas") and None, ValueError, "lacks .'betas'"
    ),
    "bad option": (lambda s: s["param_groups"][0].update(lr=-1), ValueError, "lr=-1"),
    "unknown parameter": (lambda s: s["state"].update({5: {}}), ValueError, "parameter 5"),
    "entry no dict": (lambda s: s["state"].update({1: 3}), TypeError, "parameter 1 is a dict"),
    "lacks an array": (
        lambda s: s["state"][1].pop("exp_avg") is None, ValueError, "parameter 1 .*lacks .'exp_avg'"
    ),
    "other shape": (
        lambda s: s["state"][1].update(exp_avg=np.zeros(4)), ValueError, r"has shape \(4,\)"
    ),
    "complex": (
        lambda s: s["state"][1].update(exp_avg=np.zeros(3, complex)), TypeError, "complex128"
    ),
    "objects": (
        lambda s: s["state"][1].update(exp_avg=np.array([{}] * 3)), TypeError, "dtype object"
    ),
    "list": (lambda s: s["state"][1].update(exp_avg=[0.0] * 3), TypeError, "must be an array"),
    **{
        f"step {step}": (
            lambda s, step=step: s["state"][1].update(step=step), ValueError, "'step' must be"
        )
        for step in (-1, 0.5, float("nan"), float("inf"), True, "3", np.zeros(2))
    },
}


@pytest.mark.parametrize("name", WRONG_STATES)
def test_wrong_state_is_refused_and_nothing_changes(name):
    change, error, message = WRONG_STATES[name]
    _, optimizer = stepped(optim.Adam, {"lr": 0.5})
    before = snapshot(optimizer)
    with pytest.raises(error, match=message):
        optimizer.load_state_dict(damaged(change))
    assert_same(snapshot(optimizer), before)


def test_state_of_another_kind_of_optimiser_is_refused():
    _, adam = stepped(optim.Adam, {})
    _, sgd = stepped(optim.SGD, {})
    with pytest.raises(ValueError, match="another kind of optimiser"):
        sgd.load_state_dict(adam.state_dict())


def test_pytorchs_none_for_no_momentum_is_taken():
    _, sgd = stepped(optim.SGD, {"momentum": 0})
    saved = sgd.state_dict()
    saved["state"] = {0: {"momentum_buffer": None}}
    sgd.load_state_dict(saved)
    assert not sgd.state
