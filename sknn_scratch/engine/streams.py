"""Random streams as numbers, so that a file does not depend on the version of NumPy."""

from typing import Any

import numpy as np

# Those of NumPy; the state of any other one is not known to be numbers.
_BIT_GENERATORS: dict[str, Any] = {
    kind.__name__: kind
    for kind in vars(np.random).values()
    if isinstance(kind, type) and issubclass(kind, np.random.BitGenerator)
}


def state_of(stream: Any) -> Any:
    """Return the state of a random stream as a dict of numbers and names.

    Parameters
    ----------
    stream : RandomState, BitGenerator or None
        A source of random numbers.

    Returns
    -------
    state : dict, None or BitGenerator
        None for None; the stream itself if its generator is none of NumPy's.

    Examples
    --------
    >>> import numpy as np
    >>> from sknn_scratch.engine.streams import state_of, stream_of
    >>> stream = np.random.RandomState(0)
    >>> copy = stream_of(state_of(stream))
    >>> bool(copy.rand() == stream.rand())
    True
    """
    if stream is None:
        return None
    is_legacy = isinstance(stream, np.random.RandomState)
    state = dict(stream.get_state(legacy=False) if is_legacy else stream.state)
    return state if state["bit_generator"] in _BIT_GENERATORS else stream


def stream_of(state: Any) -> Any:
    """Return a random stream in a state that `state_of` has returned.

    Parameters
    ----------
    state : dict, None or BitGenerator
        The state.

    Returns
    -------
    stream : RandomState, BitGenerator or None
        The stream.
    """
    if not isinstance(state, dict):
        return state
    bit_generator = _BIT_GENERATORS[state["bit_generator"]]()
    if "has_gauss" in state:  # only a RandomState keeps the second normal deviate
        random_state = np.random.RandomState(bit_generator)
        random_state.set_state(state)
        return random_state
    bit_generator.state = state
    return bit_generator
