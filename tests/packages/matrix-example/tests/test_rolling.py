import numpy
import pytest

from matrix_example import rolling_sum


@pytest.mark.parametrize("kind", [float, int, "float32"])
def test_sums(kind):
    sums = rolling_sum(numpy.arange(6).astype(kind), 3)
    assert isinstance(sums, numpy.ndarray)
    assert sums.tolist() == [3, 6, 9, 12]


def test_what_is_not_an_array():
    assert rolling_sum([1, 2, 4], 1).tolist() == [1, 2, 4]


def test_steps_that_are_not_one():
    assert rolling_sum(numpy.arange(10.0)[::3], 2).tolist() == [3, 9, 15]


@pytest.mark.parametrize("window", [0, 4, -1])
def test_no_such_window(window):
    with pytest.raises(ValueError):
        rolling_sum([1, 2, 3], window)


def test_no_such_array():
    with pytest.raises(ValueError):
        rolling_sum([[1, 2], [3, 4]], 1)
    with pytest.raises((TypeError, ValueError)):
        rolling_sum(["a"], 1)
