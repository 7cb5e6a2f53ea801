//! The one integration binary: the house as a whole, from outside.

mod architecture;
mod catalogue;
