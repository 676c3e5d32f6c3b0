"""Whether the graph is recorded: nesting, decorating, threads."""

import threading

import numpy as np
import pytest

import minicnn as mc


def leaf(*values, dtype="float64"):
    return mc.tensor(np.array(values, dtype), requires_grad=True)


def test_no_grad():
    x = leaf(1.0)
    with mc.no_grad():
        assert not mc.is_grad_enabled()
        y = x * 2
        with mc.set_grad_enabled(True):
            assert (x * 2).requires_grad
        assert not (x * 2).requires_grad
    assert mc.is_grad_enabled() and not y.requires_grad and y.is_leaf
    with pytest.raises(RuntimeError, match="no_grad"):
        y.backward()


def test_no_grad_decorates_and_survives_errors_and_recursion():
    @mc.no_grad()
    def count(n):
        assert not mc.is_grad_enabled()
        if n == 0:
            raise KeyError
        count(n - 1)

    for _ in range(2):
        with pytest.raises(KeyError):
            count(3)
        assert mc.is_grad_enabled()


def test_what_cannot_be_decorated():
    def rows():
        yield 1

    for switch in (mc.no_grad(), mc.set_grad_enabled(False)):
        with pytest.raises(TypeError, match="cannot decorate a generator.*inside rows"):
            switch(rows)
    with pytest.raises(TypeError):
        mc.no_grad(rows)  # without its brackets


def test_what_requires_gradients_is_asked_in_the_forward_pass():
    late, w = mc.ones(2), mc.ones(2, requires_grad=True)
    y = (late * w).sum()
    late.requires_grad_()
    with pytest.raises(RuntimeError, match=r"does not depend on inputs\[0\]"):
        mc.grad(y, [late])
    y.backward()
    assert late.grad is None and w.grad.tolist() == [1.0, 1.0]
    y = (late * w).sum()
    late.requires_grad = False  # frozen since
    y.backward()
    assert late.grad is None and w.grad.tolist() == [2.0, 2.0]


def test_gradients_inside_no_grad():
    x = leaf(3.0)
    y = (x * x).sum()
    with mc.no_grad():
        (g,) = mc.grad(y, [x], create_graph=True)
        assert g.requires_grad
        y.backward()
    assert x.grad.tolist() == [6.0]


def test_a_thread_has_a_mode_of_its_own():
    found = []
    with mc.no_grad():
        thread = threading.Thread(target=lambda: found.append(mc.is_grad_enabled()))
        thread.start()
        thread.join()
    assert found == [True]


def test_one_decorated_function_in_two_threads():
    inside, leave = threading.Event(), threading.Event()
    found = []

    @mc.no_grad()
    def work(first):
        if first:
            inside.set()
            leave.wait(10)
        else:  # entered after the other thread, which leaves before it
            leave.set()
            thread.join(10)

    def other():
        work(True)
        found.append(mc.is_grad_enabled())

    thread = threading.Thread(target=other)
    thread.start()
    inside.wait(10)
    with mc.no_grad():
        work(False)
    assert found == [True] and mc.is_grad_enabled()
