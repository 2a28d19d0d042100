"""Which inputs an output depends on: the gradient of a logit with respect to the input."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnfs_core.model.network import Network, Trace
from nnfs_core.model.parameters import Parameters


def saliency(network: Network, parameters: Parameters, trace: Trace, unit: int) -> NDArray[Any]:
    """Return ∂z_k/∂x: how much the logit of one class rises with each input.

    From the class's row of weights back through every hidden layer,

        ∂z_k/∂aᴸ⁻¹ = Wᴸ[k],   ∂z_k/∂aˡ⁻¹ = (Wˡ)ᵀ (∂z_k/∂aˡ ⊙ f′(zˡ)),   a⁰ = x

    (Simonyan, Vedaldi, Zisserman 2013, arXiv:1312.6034, section 3). It is the logit and not
    the probability p_k, as in that paper: ∂p_k/∂x = p_k (∂z_k/∂x − Σ_j p_j ∂z_j/∂x) vanishes
    where the network is certain, and that is where one wants to know why.

    Parameters
    ----------
    trace : Trace
        The sample's way through the network with these parameters.
    unit : int
        k, the class.

    Returns
    -------
    ndarray, shape (features,)
        In the type of the parameters; logit per unit of input. Infinite, or nan, where products
        of weights are too large for that type.
    """
    rise = parameters.weights[-1][unit]
    with np.errstate(all="ignore"):
        for layer in reversed(range(len(trace.z) - 1)):
            slope = np.empty_like(trace.z[layer])
            network.activation.slope(trace.z[layer], trace.a[layer], slope)
            rise = (rise * slope) @ parameters.weights[layer]
    return np.array(rise)
