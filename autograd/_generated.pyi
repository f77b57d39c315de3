# Written by `make stubs` from the table of primitives. Do not edit.
from typing import Any, Self, overload

import numpy as np

from ._typed import Real, Untyped
from .value import Value

class Methods:
    # NumPy keeps a Value in arrays of objects; arithmetic with an array gives such an array.
    def __array__(self) -> np.ndarray[Any, np.dtype[np.object_]]: ...
    def __hash__(self) -> int: ...
    def __add__(self, other: Real, /) -> Self: ...
    def __radd__(self, other: Real, /) -> Self: ...
    def __sub__(self, other: Real, /) -> Self: ...
    def __rsub__(self, other: Real, /) -> Self: ...
    def __mul__(self, other: Real, /) -> Self: ...
    def __rmul__(self, other: Real, /) -> Self: ...
    def __truediv__(self, other: Real, /) -> Self: ...
    def __rtruediv__(self, other: Real, /) -> Self: ...
    def __floordiv__(self, other: Real, /) -> Self: ...
    def __rfloordiv__(self, other: Real, /) -> Self: ...
    def __mod__(self, other: Real, /) -> Self: ...
    def __rmod__(self, other: Real, /) -> Self: ...
    def __pow__(self, other: Real, /) -> Self: ...
    def __rpow__(self, other: Real, /) -> Self: ...
    def __neg__(self) -> Self: ...
    def __abs__(self) -> Self: ...
    def __floor__(self) -> Self: ...
    def __ceil__(self) -> Self: ...
    def __trunc__(self) -> Self: ...
    def __lt__(self, other: Real, /) -> bool: ...
    def __le__(self, other: Real, /) -> bool: ...
    def __gt__(self, other: Real, /) -> bool: ...
    def __ge__(self, other: Real, /) -> bool: ...
    def pow(self, v: Real) -> Self:
        'u to the power v'
    def abs(self) -> Self:
        '|u|'
    def fabs(self) -> Self:
        '|u|'
    def round(self, n: Real = 0.0) -> Self:
        'u rounded half to even at n decimals'
    def floor(self) -> Self:
        'the largest whole number not above u'
    def ceil(self) -> Self:
        'the smallest whole number not below u'
    def trunc(self) -> Self:
        'u rounded towards 0'
    def exp(self) -> Self:
        'e to the power u'
    def exp2(self) -> Self:
        '2 to the power u'
    def expm1(self) -> Self:
        'exp(u) - 1, accurate near 0'
    def log(self) -> Self:
        'the natural logarithm'
    def log2(self) -> Self:
        'the logarithm to base 2'
    def log10(self) -> Self:
        'the logarithm to base 10'
    def log1p(self) -> Self:
        'log(1 + u), accurate near 0'
    def sqrt(self) -> Self:
        'the square root'
    def cbrt(self) -> Self:
        'the real cube root'
    def square(self) -> Self:
        'u * u'
    def sin(self) -> Self:
        'sine'
    def cos(self) -> Self:
        'cosine'
    def tan(self) -> Self:
        'tangent'
    def asin(self) -> Self:
        'arc sine'
    def arcsin(self) -> Self:
        'arc sine'
    def acos(self) -> Self:
        'arc cosine'
    def arccos(self) -> Self:
        'arc cosine'
    def atan(self) -> Self:
        'arc tangent'
    def arctan(self) -> Self:
        'arc tangent'
    def atan2(self, v: Real) -> Self:
        'the angle of the point (v, u)'
    def arctan2(self, v: Real) -> Self:
        'the angle of the point (v, u)'
    def sinh(self) -> Self:
        'hyperbolic sine'
    def cosh(self) -> Self:
        'hyperbolic cosine'
    def tanh(self) -> Self:
        'hyperbolic tangent'
    def asinh(self) -> Self:
        'inverse hyperbolic sine'
    def arcsinh(self) -> Self:
        'inverse hyperbolic sine'
    def acosh(self) -> Self:
        'inverse hyperbolic cosine'
    def arccosh(self) -> Self:
        'inverse hyperbolic cosine'
    def atanh(self) -> Self:
        'inverse hyperbolic tangent'
    def arctanh(self) -> Self:
        'inverse hyperbolic tangent'
    def hypot(self, v: Real) -> Self:
        'sqrt(u*u + v*v) without overflow'
    def erf(self) -> Self:
        'the error function'
    def erfc(self) -> Self:
        '1 - erf(u), accurate in the tail'
    def normal_cdf(self) -> Self:
        'the standard normal distribution function'
    def sigmoid(self) -> Self:
        '1 / (1 + exp(-u))'
    def logsigmoid(self) -> Self:
        'log(sigmoid(u))'
    def softplus(self) -> Self:
        'log(1 + exp(u))'
    def relu(self) -> Self:
        'max(u, 0)'
    def leaky_relu(self, slope: Real = 0.01) -> Self:
        'u above 0, slope*u below'
    def elu(self, alpha: Real = 1.0) -> Self:
        'u above 0, alpha*(exp(u) - 1) below'
    def gelu(self) -> Self:
        'u * normal_cdf(u), the exact form'
    def silu(self) -> Self:
        'u * sigmoid(u)'
    def sign(self) -> Self:
        '-1, 0 or 1'
    def copysign(self, v: Real) -> Self:
        '|u| with the sign of v'
    def maximum(self, *us: Real) -> Self:
        'the largest operand; ties share the derivative equally'
    def minimum(self, *us: Real) -> Self:
        'the smallest operand; ties share the derivative equally'
    def clamp(self, lo: Real = ..., hi: Real = ...) -> Self:
        'u limited to lo..hi'
    def degrees(self) -> Self:
        'an angle in degrees, from radians'
    def rad2deg(self) -> Self:
        'an angle in degrees, from radians'
    def radians(self) -> Self:
        'an angle in radians, from degrees'
    def deg2rad(self) -> Self:
        'an angle in radians, from degrees'
    def fmod(self, v: Real) -> Self:
        'u - v*trunc(u/v), with the sign of u'
    def remainder(self, v: Real) -> Self:
        'u - v*n with n the whole number nearest to u/v; between -v/2 and v/2'
    def sinc(self) -> Self:
        'sin(pi*u) / (pi*u), 1 at 0'
    def xlogy(self, v: Real) -> Self:
        'u * log(v), 0 where u is 0'
    def logaddexp(self, v: Real) -> Self:
        'log(exp(u) + exp(v)), without overflow'
    def gamma(self) -> Self:
        'the gamma function, (u - 1)! for whole u'
    def lgamma(self) -> Self:
        'log|gamma(u)|'
    def digamma(self) -> Self:
        'the derivative of log(gamma(u))'
    def rint(self) -> Self:
        'u rounded half to even at n decimals'

@overload
def abs(u: float) -> float:
    'abs(u): |u|. Takes numbers and `Value`s.'
@overload
def abs(u: Value) -> Value:  # type: ignore[overload-overlap]
    'abs(u): |u|. Takes numbers and `Value`s.'
@overload
def abs(u: Real) -> float:
    'abs(u): |u|. Takes numbers and `Value`s.'
@overload
def abs(u: Untyped) -> Any:
    'abs(u): |u|. Takes numbers and `Value`s.'
@overload
def fabs(u: float) -> float:
    'abs(u): |u|. Takes numbers and `Value`s.'
@overload
def fabs(u: Value) -> Value:  # type: ignore[overload-overlap]
    'abs(u): |u|. Takes numbers and `Value`s.'
@overload
def fabs(u: Real) -> float:
    'abs(u): |u|. Takes numbers and `Value`s.'
@overload
def fabs(u: Untyped) -> Any:
    'abs(u): |u|. Takes numbers and `Value`s.'
@overload
def floor(u: float) -> float:
    'floor(u): the largest whole number not above u. Takes numbers and `Value`s.'
@overload
def floor(u: Value) -> Value:  # type: ignore[overload-overlap]
    'floor(u): the largest whole number not above u. Takes numbers and `Value`s.'
@overload
def floor(u: Real) -> float:
    'floor(u): the largest whole number not above u. Takes numbers and `Value`s.'
@overload
def floor(u: Untyped) -> Any:
    'floor(u): the largest whole number not above u. Takes numbers and `Value`s.'
@overload
def ceil(u: float) -> float:
    'ceil(u): the smallest whole number not below u. Takes numbers and `Value`s.'
@overload
def ceil(u: Value) -> Value:  # type: ignore[overload-overlap]
    'ceil(u): the smallest whole number not below u. Takes numbers and `Value`s.'
@overload
def ceil(u: Real) -> float:
    'ceil(u): the smallest whole number not below u. Takes numbers and `Value`s.'
@overload
def ceil(u: Untyped) -> Any:
    'ceil(u): the smallest whole number not below u. Takes numbers and `Value`s.'
@overload
def trunc(u: float) -> float:
    'trunc(u): u rounded towards 0. Takes numbers and `Value`s.'
@overload
def trunc(u: Value) -> Value:  # type: ignore[overload-overlap]
    'trunc(u): u rounded towards 0. Takes numbers and `Value`s.'
@overload
def trunc(u: Real) -> float:
    'trunc(u): u rounded towards 0. Takes numbers and `Value`s.'
@overload
def trunc(u: Untyped) -> Any:
    'trunc(u): u rounded towards 0. Takes numbers and `Value`s.'
@overload
def exp(u: float) -> float:
    'exp(u): e to the power u. Takes numbers and `Value`s.'
@overload
def exp(u: Value) -> Value:  # type: ignore[overload-overlap]
    'exp(u): e to the power u. Takes numbers and `Value`s.'
@overload
def exp(u: Real) -> float:
    'exp(u): e to the power u. Takes numbers and `Value`s.'
@overload
def exp(u: Untyped) -> Any:
    'exp(u): e to the power u. Takes numbers and `Value`s.'
@overload
def exp2(u: float) -> float:
    'exp2(u): 2 to the power u. Takes numbers and `Value`s.'
@overload
def exp2(u: Value) -> Value:  # type: ignore[overload-overlap]
    'exp2(u): 2 to the power u. Takes numbers and `Value`s.'
@overload
def exp2(u: Real) -> float:
    'exp2(u): 2 to the power u. Takes numbers and `Value`s.'
@overload
def exp2(u: Untyped) -> Any:
    'exp2(u): 2 to the power u. Takes numbers and `Value`s.'
@overload
def expm1(u: float) -> float:
    'expm1(u): exp(u) - 1, accurate near 0. Takes numbers and `Value`s.'
@overload
def expm1(u: Value) -> Value:  # type: ignore[overload-overlap]
    'expm1(u): exp(u) - 1, accurate near 0. Takes numbers and `Value`s.'
@overload
def expm1(u: Real) -> float:
    'expm1(u): exp(u) - 1, accurate near 0. Takes numbers and `Value`s.'
@overload
def expm1(u: Untyped) -> Any:
    'expm1(u): exp(u) - 1, accurate near 0. Takes numbers and `Value`s.'
@overload
def log2(u: float) -> float:
    'log2(u): the logarithm to base 2. Takes numbers and `Value`s.'
@overload
def log2(u: Value) -> Value:  # type: ignore[overload-overlap]
    'log2(u): the logarithm to base 2. Takes numbers and `Value`s.'
@overload
def log2(u: Real) -> float:
    'log2(u): the logarithm to base 2. Takes numbers and `Value`s.'
@overload
def log2(u: Untyped) -> Any:
    'log2(u): the logarithm to base 2. Takes numbers and `Value`s.'
@overload
def log10(u: float) -> float:
    'log10(u): the logarithm to base 10. Takes numbers and `Value`s.'
@overload
def log10(u: Value) -> Value:  # type: ignore[overload-overlap]
    'log10(u): the logarithm to base 10. Takes numbers and `Value`s.'
@overload
def log10(u: Real) -> float:
    'log10(u): the logarithm to base 10. Takes numbers and `Value`s.'
@overload
def log10(u: Untyped) -> Any:
    'log10(u): the logarithm to base 10. Takes numbers and `Value`s.'
@overload
def log1p(u: float) -> float:
    'log1p(u): log(1 + u), accurate near 0. Takes numbers and `Value`s.'
@overload
def log1p(u: Value) -> Value:  # type: ignore[overload-overlap]
    'log1p(u): log(1 + u), accurate near 0. Takes numbers and `Value`s.'
@overload
def log1p(u: Real) -> float:
    'log1p(u): log(1 + u), accurate near 0. Takes numbers and `Value`s.'
@overload
def log1p(u: Untyped) -> Any:
    'log1p(u): log(1 + u), accurate near 0. Takes numbers and `Value`s.'
@overload
def sqrt(u: float) -> float:
    'sqrt(u): the square root. Takes numbers and `Value`s.'
@overload
def sqrt(u: Value) -> Value:  # type: ignore[overload-overlap]
    'sqrt(u): the square root. Takes numbers and `Value`s.'
@overload
def sqrt(u: Real) -> float:
    'sqrt(u): the square root. Takes numbers and `Value`s.'
@overload
def sqrt(u: Untyped) -> Any:
    'sqrt(u): the square root. Takes numbers and `Value`s.'
@overload
def cbrt(u: float) -> float:
    'cbrt(u): the real cube root. Takes numbers and `Value`s.'
@overload
def cbrt(u: Value) -> Value:  # type: ignore[overload-overlap]
    'cbrt(u): the real cube root. Takes numbers and `Value`s.'
@overload
def cbrt(u: Real) -> float:
    'cbrt(u): the real cube root. Takes numbers and `Value`s.'
@overload
def cbrt(u: Untyped) -> Any:
    'cbrt(u): the real cube root. Takes numbers and `Value`s.'
@overload
def square(u: float) -> float:
    'square(u): u * u. Takes numbers and `Value`s.'
@overload
def square(u: Value) -> Value:  # type: ignore[overload-overlap]
    'square(u): u * u. Takes numbers and `Value`s.'
@overload
def square(u: Real) -> float:
    'square(u): u * u. Takes numbers and `Value`s.'
@overload
def square(u: Untyped) -> Any:
    'square(u): u * u. Takes numbers and `Value`s.'
@overload
def sin(u: float) -> float:
    'sin(u): sine. Takes numbers and `Value`s.'
@overload
def sin(u: Value) -> Value:  # type: ignore[overload-overlap]
    'sin(u): sine. Takes numbers and `Value`s.'
@overload
def sin(u: Real) -> float:
    'sin(u): sine. Takes numbers and `Value`s.'
@overload
def sin(u: Untyped) -> Any:
    'sin(u): sine. Takes numbers and `Value`s.'
@overload
def cos(u: float) -> float:
    'cos(u): cosine. Takes numbers and `Value`s.'
@overload
def cos(u: Value) -> Value:  # type: ignore[overload-overlap]
    'cos(u): cosine. Takes numbers and `Value`s.'
@overload
def cos(u: Real) -> float:
    'cos(u): cosine. Takes numbers and `Value`s.'
@overload
def cos(u: Untyped) -> Any:
    'cos(u): cosine. Takes numbers and `Value`s.'
@overload
def tan(u: float) -> float:
    'tan(u): tangent. Takes numbers and `Value`s.'
@overload
def tan(u: Value) -> Value:  # type: ignore[overload-overlap]
    'tan(u): tangent. Takes numbers and `Value`s.'
@overload
def tan(u: Real) -> float:
    'tan(u): tangent. Takes numbers and `Value`s.'
@overload
def tan(u: Untyped) -> Any:
    'tan(u): tangent. Takes numbers and `Value`s.'
@overload
def asin(u: float) -> float:
    'asin(u): arc sine. Takes numbers and `Value`s.'
@overload
def asin(u: Value) -> Value:  # type: ignore[overload-overlap]
    'asin(u): arc sine. Takes numbers and `Value`s.'
@overload
def asin(u: Real) -> float:
    'asin(u): arc sine. Takes numbers and `Value`s.'
@overload
def asin(u: Untyped) -> Any:
    'asin(u): arc sine. Takes numbers and `Value`s.'
@overload
def arcsin(u: float) -> float:
    'asin(u): arc sine. Takes numbers and `Value`s.'
@overload
def arcsin(u: Value) -> Value:  # type: ignore[overload-overlap]
    'asin(u): arc sine. Takes numbers and `Value`s.'
@overload
def arcsin(u: Real) -> float:
    'asin(u): arc sine. Takes numbers and `Value`s.'
@overload
def arcsin(u: Untyped) -> Any:
    'asin(u): arc sine. Takes numbers and `Value`s.'
@overload
def acos(u: float) -> float:
    'acos(u): arc cosine. Takes numbers and `Value`s.'
@overload
def acos(u: Value) -> Value:  # type: ignore[overload-overlap]
    'acos(u): arc cosine. Takes numbers and `Value`s.'
@overload
def acos(u: Real) -> float:
    'acos(u): arc cosine. Takes numbers and `Value`s.'
@overload
def acos(u: Untyped) -> Any:
    'acos(u): arc cosine. Takes numbers and `Value`s.'
@overload
def arccos(u: float) -> float:
    'acos(u): arc cosine. Takes numbers and `Value`s.'
@overload
def arccos(u: Value) -> Value:  # type: ignore[overload-overlap]
    'acos(u): arc cosine. Takes numbers and `Value`s.'
@overload
def arccos(u: Real) -> float:
    'acos(u): arc cosine. Takes numbers and `Value`s.'
@overload
def arccos(u: Untyped) -> Any:
    'acos(u): arc cosine. Takes numbers and `Value`s.'
@overload
def atan(u: float) -> float:
    'atan(u): arc tangent. Takes numbers and `Value`s.'
@overload
def atan(u: Value) -> Value:  # type: ignore[overload-overlap]
    'atan(u): arc tangent. Takes numbers and `Value`s.'
@overload
def atan(u: Real) -> float:
    'atan(u): arc tangent. Takes numbers and `Value`s.'
@overload
def atan(u: Untyped) -> Any:
    'atan(u): arc tangent. Takes numbers and `Value`s.'
@overload
def arctan(u: float) -> float:
    'atan(u): arc tangent. Takes numbers and `Value`s.'
@overload
def arctan(u: Value) -> Value:  # type: ignore[overload-overlap]
    'atan(u): arc tangent. Takes numbers and `Value`s.'
@overload
def arctan(u: Real) -> float:
    'atan(u): arc tangent. Takes numbers and `Value`s.'
@overload
def arctan(u: Untyped) -> Any:
    'atan(u): arc tangent. Takes numbers and `Value`s.'
@overload
def atan2(u: float, v: float) -> float:
    'atan2(u, v): the angle of the point (v, u). Takes numbers and `Value`s.'
@overload
def atan2(u: Value, v: Real) -> Value:  # type: ignore[overload-overlap]
    'atan2(u, v): the angle of the point (v, u). Takes numbers and `Value`s.'
@overload
def atan2(u: Real, v: Value) -> Value:  # type: ignore[overload-overlap]
    'atan2(u, v): the angle of the point (v, u). Takes numbers and `Value`s.'
@overload
def atan2(u: Real, v: Real) -> float:
    'atan2(u, v): the angle of the point (v, u). Takes numbers and `Value`s.'
@overload
def atan2(u: Untyped, v: Untyped) -> Any:
    'atan2(u, v): the angle of the point (v, u). Takes numbers and `Value`s.'
@overload
def arctan2(u: float, v: float) -> float:
    'atan2(u, v): the angle of the point (v, u). Takes numbers and `Value`s.'
@overload
def arctan2(u: Value, v: Real) -> Value:  # type: ignore[overload-overlap]
    'atan2(u, v): the angle of the point (v, u). Takes numbers and `Value`s.'
@overload
def arctan2(u: Real, v: Value) -> Value:  # type: ignore[overload-overlap]
    'atan2(u, v): the angle of the point (v, u). Takes numbers and `Value`s.'
@overload
def arctan2(u: Real, v: Real) -> float:
    'atan2(u, v): the angle of the point (v, u). Takes numbers and `Value`s.'
@overload
def arctan2(u: Untyped, v: Untyped) -> Any:
    'atan2(u, v): the angle of the point (v, u). Takes numbers and `Value`s.'
@overload
def sinh(u: float) -> float:
    'sinh(u): hyperbolic sine. Takes numbers and `Value`s.'
@overload
def sinh(u: Value) -> Value:  # type: ignore[overload-overlap]
    'sinh(u): hyperbolic sine. Takes numbers and `Value`s.'
@overload
def sinh(u: Real) -> float:
    'sinh(u): hyperbolic sine. Takes numbers and `Value`s.'
@overload
def sinh(u: Untyped) -> Any:
    'sinh(u): hyperbolic sine. Takes numbers and `Value`s.'
@overload
def cosh(u: float) -> float:
    'cosh(u): hyperbolic cosine. Takes numbers and `Value`s.'
@overload
def cosh(u: Value) -> Value:  # type: ignore[overload-overlap]
    'cosh(u): hyperbolic cosine. Takes numbers and `Value`s.'
@overload
def cosh(u: Real) -> float:
    'cosh(u): hyperbolic cosine. Takes numbers and `Value`s.'
@overload
def cosh(u: Untyped) -> Any:
    'cosh(u): hyperbolic cosine. Takes numbers and `Value`s.'
@overload
def tanh(u: float) -> float:
    'tanh(u): hyperbolic tangent. Takes numbers and `Value`s.'
@overload
def tanh(u: Value) -> Value:  # type: ignore[overload-overlap]
    'tanh(u): hyperbolic tangent. Takes numbers and `Value`s.'
@overload
def tanh(u: Real) -> float:
    'tanh(u): hyperbolic tangent. Takes numbers and `Value`s.'
@overload
def tanh(u: Untyped) -> Any:
    'tanh(u): hyperbolic tangent. Takes numbers and `Value`s.'
@overload
def asinh(u: float) -> float:
    'asinh(u): inverse hyperbolic sine. Takes numbers and `Value`s.'
@overload
def asinh(u: Value) -> Value:  # type: ignore[overload-overlap]
    'asinh(u): inverse hyperbolic sine. Takes numbers and `Value`s.'
@overload
def asinh(u: Real) -> float:
    'asinh(u): inverse hyperbolic sine. Takes numbers and `Value`s.'
@overload
def asinh(u: Untyped) -> Any:
    'asinh(u): inverse hyperbolic sine. Takes numbers and `Value`s.'
@overload
def arcsinh(u: float) -> float:
    'asinh(u): inverse hyperbolic sine. Takes numbers and `Value`s.'
@overload
def arcsinh(u: Value) -> Value:  # type: ignore[overload-overlap]
    'asinh(u): inverse hyperbolic sine. Takes numbers and `Value`s.'
@overload
def arcsinh(u: Real) -> float:
    'asinh(u): inverse hyperbolic sine. Takes numbers and `Value`s.'
@overload
def arcsinh(u: Untyped) -> Any:
    'asinh(u): inverse hyperbolic sine. Takes numbers and `Value`s.'
@overload
def acosh(u: float) -> float:
    'acosh(u): inverse hyperbolic cosine. Takes numbers and `Value`s.'
@overload
def acosh(u: Value) -> Value:  # type: ignore[overload-overlap]
    'acosh(u): inverse hyperbolic cosine. Takes numbers and `Value`s.'
@overload
def acosh(u: Real) -> float:
    'acosh(u): inverse hyperbolic cosine. Takes numbers and `Value`s.'
@overload
def acosh(u: Untyped) -> Any:
    'acosh(u): inverse hyperbolic cosine. Takes numbers and `Value`s.'
@overload
def arccosh(u: float) -> float:
    'acosh(u): inverse hyperbolic cosine. Takes numbers and `Value`s.'
@overload
def arccosh(u: Value) -> Value:  # type: ignore[overload-overlap]
    'acosh(u): inverse hyperbolic cosine. Takes numbers and `Value`s.'
@overload
def arccosh(u: Real) -> float:
    'acosh(u): inverse hyperbolic cosine. Takes numbers and `Value`s.'
@overload
def arccosh(u: Untyped) -> Any:
    'acosh(u): inverse hyperbolic cosine. Takes numbers and `Value`s.'
@overload
def atanh(u: float) -> float:
    'atanh(u): inverse hyperbolic tangent. Takes numbers and `Value`s.'
@overload
def atanh(u: Value) -> Value:  # type: ignore[overload-overlap]
    'atanh(u): inverse hyperbolic tangent. Takes numbers and `Value`s.'
@overload
def atanh(u: Real) -> float:
    'atanh(u): inverse hyperbolic tangent. Takes numbers and `Value`s.'
@overload
def atanh(u: Untyped) -> Any:
    'atanh(u): inverse hyperbolic tangent. Takes numbers and `Value`s.'
@overload
def arctanh(u: float) -> float:
    'atanh(u): inverse hyperbolic tangent. Takes numbers and `Value`s.'
@overload
def arctanh(u: Value) -> Value:  # type: ignore[overload-overlap]
    'atanh(u): inverse hyperbolic tangent. Takes numbers and `Value`s.'
@overload
def arctanh(u: Real) -> float:
    'atanh(u): inverse hyperbolic tangent. Takes numbers and `Value`s.'
@overload
def arctanh(u: Untyped) -> Any:
    'atanh(u): inverse hyperbolic tangent. Takes numbers and `Value`s.'
@overload
def erf(u: float) -> float:
    'erf(u): the error function. Takes numbers and `Value`s.'
@overload
def erf(u: Value) -> Value:  # type: ignore[overload-overlap]
    'erf(u): the error function. Takes numbers and `Value`s.'
@overload
def erf(u: Real) -> float:
    'erf(u): the error function. Takes numbers and `Value`s.'
@overload
def erf(u: Untyped) -> Any:
    'erf(u): the error function. Takes numbers and `Value`s.'
@overload
def erfc(u: float) -> float:
    'erfc(u): 1 - erf(u), accurate in the tail. Takes numbers and `Value`s.'
@overload
def erfc(u: Value) -> Value:  # type: ignore[overload-overlap]
    'erfc(u): 1 - erf(u), accurate in the tail. Takes numbers and `Value`s.'
@overload
def erfc(u: Real) -> float:
    'erfc(u): 1 - erf(u), accurate in the tail. Takes numbers and `Value`s.'
@overload
def erfc(u: Untyped) -> Any:
    'erfc(u): 1 - erf(u), accurate in the tail. Takes numbers and `Value`s.'
@overload
def normal_cdf(u: float) -> float:
    'normal_cdf(u): the standard normal distribution function. Takes numbers and `Value`s.'
@overload
def normal_cdf(u: Value) -> Value:  # type: ignore[overload-overlap]
    'normal_cdf(u): the standard normal distribution function. Takes numbers and `Value`s.'
@overload
def normal_cdf(u: Real) -> float:
    'normal_cdf(u): the standard normal distribution function. Takes numbers and `Value`s.'
@overload
def normal_cdf(u: Untyped) -> Any:
    'normal_cdf(u): the standard normal distribution function. Takes numbers and `Value`s.'
@overload
def sigmoid(u: float) -> float:
    'sigmoid(u): 1 / (1 + exp(-u)). Takes numbers and `Value`s.'
@overload
def sigmoid(u: Value) -> Value:  # type: ignore[overload-overlap]
    'sigmoid(u): 1 / (1 + exp(-u)). Takes numbers and `Value`s.'
@overload
def sigmoid(u: Real) -> float:
    'sigmoid(u): 1 / (1 + exp(-u)). Takes numbers and `Value`s.'
@overload
def sigmoid(u: Untyped) -> Any:
    'sigmoid(u): 1 / (1 + exp(-u)). Takes numbers and `Value`s.'
@overload
def logsigmoid(u: float) -> float:
    'logsigmoid(u): log(sigmoid(u)). Takes numbers and `Value`s.'
@overload
def logsigmoid(u: Value) -> Value:  # type: ignore[overload-overlap]
    'logsigmoid(u): log(sigmoid(u)). Takes numbers and `Value`s.'
@overload
def logsigmoid(u: Real) -> float:
    'logsigmoid(u): log(sigmoid(u)). Takes numbers and `Value`s.'
@overload
def logsigmoid(u: Untyped) -> Any:
    'logsigmoid(u): log(sigmoid(u)). Takes numbers and `Value`s.'
@overload
def softplus(u: float) -> float:
    'softplus(u): log(1 + exp(u)). Takes numbers and `Value`s.'
@overload
def softplus(u: Value) -> Value:  # type: ignore[overload-overlap]
    'softplus(u): log(1 + exp(u)). Takes numbers and `Value`s.'
@overload
def softplus(u: Real) -> float:
    'softplus(u): log(1 + exp(u)). Takes numbers and `Value`s.'
@overload
def softplus(u: Untyped) -> Any:
    'softplus(u): log(1 + exp(u)). Takes numbers and `Value`s.'
@overload
def relu(u: float) -> float:
    'relu(u): max(u, 0). Takes numbers and `Value`s.'
@overload
def relu(u: Value) -> Value:  # type: ignore[overload-overlap]
    'relu(u): max(u, 0). Takes numbers and `Value`s.'
@overload
def relu(u: Real) -> float:
    'relu(u): max(u, 0). Takes numbers and `Value`s.'
@overload
def relu(u: Untyped) -> Any:
    'relu(u): max(u, 0). Takes numbers and `Value`s.'
@overload
def leaky_relu(u: float, slope: float = 0.01) -> float:
    'leaky_relu(u, slope): u above 0, slope*u below. Takes numbers and `Value`s.'
@overload
def leaky_relu(u: Value, slope: Real = 0.01) -> Value:  # type: ignore[overload-overlap]
    'leaky_relu(u, slope): u above 0, slope*u below. Takes numbers and `Value`s.'
@overload
def leaky_relu(u: Real, slope: Value) -> Value:  # type: ignore[overload-overlap]
    'leaky_relu(u, slope): u above 0, slope*u below. Takes numbers and `Value`s.'
@overload
def leaky_relu(u: Real, slope: Real = 0.01) -> float:
    'leaky_relu(u, slope): u above 0, slope*u below. Takes numbers and `Value`s.'
@overload
def leaky_relu(u: Untyped, slope: Any = 0.01) -> Any:
    'leaky_relu(u, slope): u above 0, slope*u below. Takes numbers and `Value`s.'
@overload
def elu(u: float, alpha: float = 1.0) -> float:
    'elu(u, alpha): u above 0, alpha*(exp(u) - 1) below. Takes numbers and `Value`s.'
@overload
def elu(u: Value, alpha: Real = 1.0) -> Value:  # type: ignore[overload-overlap]
    'elu(u, alpha): u above 0, alpha*(exp(u) - 1) below. Takes numbers and `Value`s.'
@overload
def elu(u: Real, alpha: Value) -> Value:  # type: ignore[overload-overlap]
    'elu(u, alpha): u above 0, alpha*(exp(u) - 1) below. Takes numbers and `Value`s.'
@overload
def elu(u: Real, alpha: Real = 1.0) -> float:
    'elu(u, alpha): u above 0, alpha*(exp(u) - 1) below. Takes numbers and `Value`s.'
@overload
def elu(u: Untyped, alpha: Any = 1.0) -> Any:
    'elu(u, alpha): u above 0, alpha*(exp(u) - 1) below. Takes numbers and `Value`s.'
@overload
def gelu(u: float) -> float:
    'gelu(u): u * normal_cdf(u), the exact form. Takes numbers and `Value`s.'
@overload
def gelu(u: Value) -> Value:  # type: ignore[overload-overlap]
    'gelu(u): u * normal_cdf(u), the exact form. Takes numbers and `Value`s.'
@overload
def gelu(u: Real) -> float:
    'gelu(u): u * normal_cdf(u), the exact form. Takes numbers and `Value`s.'
@overload
def gelu(u: Untyped) -> Any:
    'gelu(u): u * normal_cdf(u), the exact form. Takes numbers and `Value`s.'
@overload
def silu(u: float) -> float:
    'silu(u): u * sigmoid(u). Takes numbers and `Value`s.'
@overload
def silu(u: Value) -> Value:  # type: ignore[overload-overlap]
    'silu(u): u * sigmoid(u). Takes numbers and `Value`s.'
@overload
def silu(u: Real) -> float:
    'silu(u): u * sigmoid(u). Takes numbers and `Value`s.'
@overload
def silu(u: Untyped) -> Any:
    'silu(u): u * sigmoid(u). Takes numbers and `Value`s.'
@overload
def sign(u: float) -> float:
    'sign(u): -1, 0 or 1. Takes numbers and `Value`s.'
@overload
def sign(u: Value) -> Value:  # type: ignore[overload-overlap]
    'sign(u): -1, 0 or 1. Takes numbers and `Value`s.'
@overload
def sign(u: Real) -> float:
    'sign(u): -1, 0 or 1. Takes numbers and `Value`s.'
@overload
def sign(u: Untyped) -> Any:
    'sign(u): -1, 0 or 1. Takes numbers and `Value`s.'
@overload
def copysign(u: float, v: float) -> float:
    'copysign(u, v): |u| with the sign of v. Takes numbers and `Value`s.'
@overload
def copysign(u: Value, v: Real) -> Value:  # type: ignore[overload-overlap]
    'copysign(u, v): |u| with the sign of v. Takes numbers and `Value`s.'
@overload
def copysign(u: Real, v: Value) -> Value:  # type: ignore[overload-overlap]
    'copysign(u, v): |u| with the sign of v. Takes numbers and `Value`s.'
@overload
def copysign(u: Real, v: Real) -> float:
    'copysign(u, v): |u| with the sign of v. Takes numbers and `Value`s.'
@overload
def copysign(u: Untyped, v: Untyped) -> Any:
    'copysign(u, v): |u| with the sign of v. Takes numbers and `Value`s.'
@overload
def degrees(u: float) -> float:
    'degrees(u): an angle in degrees, from radians. Takes numbers and `Value`s.'
@overload
def degrees(u: Value) -> Value:  # type: ignore[overload-overlap]
    'degrees(u): an angle in degrees, from radians. Takes numbers and `Value`s.'
@overload
def degrees(u: Real) -> float:
    'degrees(u): an angle in degrees, from radians. Takes numbers and `Value`s.'
@overload
def degrees(u: Untyped) -> Any:
    'degrees(u): an angle in degrees, from radians. Takes numbers and `Value`s.'
@overload
def rad2deg(u: float) -> float:
    'degrees(u): an angle in degrees, from radians. Takes numbers and `Value`s.'
@overload
def rad2deg(u: Value) -> Value:  # type: ignore[overload-overlap]
    'degrees(u): an angle in degrees, from radians. Takes numbers and `Value`s.'
@overload
def rad2deg(u: Real) -> float:
    'degrees(u): an angle in degrees, from radians. Takes numbers and `Value`s.'
@overload
def rad2deg(u: Untyped) -> Any:
    'degrees(u): an angle in degrees, from radians. Takes numbers and `Value`s.'
@overload
def radians(u: float) -> float:
    'radians(u): an angle in radians, from degrees. Takes numbers and `Value`s.'
@overload
def radians(u: Value) -> Value:  # type: ignore[overload-overlap]
    'radians(u): an angle in radians, from degrees. Takes numbers and `Value`s.'
@overload
def radians(u: Real) -> float:
    'radians(u): an angle in radians, from degrees. Takes numbers and `Value`s.'
@overload
def radians(u: Untyped) -> Any:
    'radians(u): an angle in radians, from degrees. Takes numbers and `Value`s.'
@overload
def deg2rad(u: float) -> float:
    'radians(u): an angle in radians, from degrees. Takes numbers and `Value`s.'
@overload
def deg2rad(u: Value) -> Value:  # type: ignore[overload-overlap]
    'radians(u): an angle in radians, from degrees. Takes numbers and `Value`s.'
@overload
def deg2rad(u: Real) -> float:
    'radians(u): an angle in radians, from degrees. Takes numbers and `Value`s.'
@overload
def deg2rad(u: Untyped) -> Any:
    'radians(u): an angle in radians, from degrees. Takes numbers and `Value`s.'
@overload
def fmod(u: float, v: float) -> float:
    'fmod(u, v): u - v*trunc(u/v), with the sign of u. Takes numbers and `Value`s.'
@overload
def fmod(u: Value, v: Real) -> Value:  # type: ignore[overload-overlap]
    'fmod(u, v): u - v*trunc(u/v), with the sign of u. Takes numbers and `Value`s.'
@overload
def fmod(u: Real, v: Value) -> Value:  # type: ignore[overload-overlap]
    'fmod(u, v): u - v*trunc(u/v), with the sign of u. Takes numbers and `Value`s.'
@overload
def fmod(u: Real, v: Real) -> float:
    'fmod(u, v): u - v*trunc(u/v), with the sign of u. Takes numbers and `Value`s.'
@overload
def fmod(u: Untyped, v: Untyped) -> Any:
    'fmod(u, v): u - v*trunc(u/v), with the sign of u. Takes numbers and `Value`s.'
@overload
def remainder(u: float, v: float) -> float:
    'remainder(u, v): u - v*n with n the whole number nearest to u/v; between -v/2 and v/2. Takes numbers and `Value`s.'
@overload
def remainder(u: Value, v: Real) -> Value:  # type: ignore[overload-overlap]
    'remainder(u, v): u - v*n with n the whole number nearest to u/v; between -v/2 and v/2. Takes numbers and `Value`s.'
@overload
def remainder(u: Real, v: Value) -> Value:  # type: ignore[overload-overlap]
    'remainder(u, v): u - v*n with n the whole number nearest to u/v; between -v/2 and v/2. Takes numbers and `Value`s.'
@overload
def remainder(u: Real, v: Real) -> float:
    'remainder(u, v): u - v*n with n the whole number nearest to u/v; between -v/2 and v/2. Takes numbers and `Value`s.'
@overload
def remainder(u: Untyped, v: Untyped) -> Any:
    'remainder(u, v): u - v*n with n the whole number nearest to u/v; between -v/2 and v/2. Takes numbers and `Value`s.'
@overload
def sinc(u: float) -> float:
    'sinc(u): sin(pi*u) / (pi*u), 1 at 0. Takes numbers and `Value`s.'
@overload
def sinc(u: Value) -> Value:  # type: ignore[overload-overlap]
    'sinc(u): sin(pi*u) / (pi*u), 1 at 0. Takes numbers and `Value`s.'
@overload
def sinc(u: Real) -> float:
    'sinc(u): sin(pi*u) / (pi*u), 1 at 0. Takes numbers and `Value`s.'
@overload
def sinc(u: Untyped) -> Any:
    'sinc(u): sin(pi*u) / (pi*u), 1 at 0. Takes numbers and `Value`s.'
@overload
def xlogy(u: float, v: float) -> float:
    'xlogy(u, v): u * log(v), 0 where u is 0. Takes numbers and `Value`s.'
@overload
def xlogy(u: Value, v: Real) -> Value:  # type: ignore[overload-overlap]
    'xlogy(u, v): u * log(v), 0 where u is 0. Takes numbers and `Value`s.'
@overload
def xlogy(u: Real, v: Value) -> Value:  # type: ignore[overload-overlap]
    'xlogy(u, v): u * log(v), 0 where u is 0. Takes numbers and `Value`s.'
@overload
def xlogy(u: Real, v: Real) -> float:
    'xlogy(u, v): u * log(v), 0 where u is 0. Takes numbers and `Value`s.'
@overload
def xlogy(u: Untyped, v: Untyped) -> Any:
    'xlogy(u, v): u * log(v), 0 where u is 0. Takes numbers and `Value`s.'
@overload
def logaddexp(u: float, v: float) -> float:
    'logaddexp(u, v): log(exp(u) + exp(v)), without overflow. Takes numbers and `Value`s.'
@overload
def logaddexp(u: Value, v: Real) -> Value:  # type: ignore[overload-overlap]
    'logaddexp(u, v): log(exp(u) + exp(v)), without overflow. Takes numbers and `Value`s.'
@overload
def logaddexp(u: Real, v: Value) -> Value:  # type: ignore[overload-overlap]
    'logaddexp(u, v): log(exp(u) + exp(v)), without overflow. Takes numbers and `Value`s.'
@overload
def logaddexp(u: Real, v: Real) -> float:
    'logaddexp(u, v): log(exp(u) + exp(v)), without overflow. Takes numbers and `Value`s.'
@overload
def logaddexp(u: Untyped, v: Untyped) -> Any:
    'logaddexp(u, v): log(exp(u) + exp(v)), without overflow. Takes numbers and `Value`s.'
@overload
def gamma(u: float) -> float:
    'gamma(u): the gamma function, (u - 1)! for whole u. Takes numbers and `Value`s.'
@overload
def gamma(u: Value) -> Value:  # type: ignore[overload-overlap]
    'gamma(u): the gamma function, (u - 1)! for whole u. Takes numbers and `Value`s.'
@overload
def gamma(u: Real) -> float:
    'gamma(u): the gamma function, (u - 1)! for whole u. Takes numbers and `Value`s.'
@overload
def gamma(u: Untyped) -> Any:
    'gamma(u): the gamma function, (u - 1)! for whole u. Takes numbers and `Value`s.'
@overload
def lgamma(u: float) -> float:
    'lgamma(u): log|gamma(u)|. Takes numbers and `Value`s.'
@overload
def lgamma(u: Value) -> Value:  # type: ignore[overload-overlap]
    'lgamma(u): log|gamma(u)|. Takes numbers and `Value`s.'
@overload
def lgamma(u: Real) -> float:
    'lgamma(u): log|gamma(u)|. Takes numbers and `Value`s.'
@overload
def lgamma(u: Untyped) -> Any:
    'lgamma(u): log|gamma(u)|. Takes numbers and `Value`s.'
@overload
def digamma(u: float) -> float:
    'digamma(u): the derivative of log(gamma(u)). Takes numbers and `Value`s.'
@overload
def digamma(u: Value) -> Value:  # type: ignore[overload-overlap]
    'digamma(u): the derivative of log(gamma(u)). Takes numbers and `Value`s.'
@overload
def digamma(u: Real) -> float:
    'digamma(u): the derivative of log(gamma(u)). Takes numbers and `Value`s.'
@overload
def digamma(u: Untyped) -> Any:
    'digamma(u): the derivative of log(gamma(u)). Takes numbers and `Value`s.'
