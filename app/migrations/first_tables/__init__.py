"""The tables of revision 0001, by subject; never changed, since databases were made from them."""
