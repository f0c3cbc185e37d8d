// The one file that compiles Asio, its TLS part and Beast; everywhere else only their declarations are seen (CMakeLists.txt).

#include <boost/asio/impl/src.hpp>
#include <boost/asio/ssl/impl/src.hpp>
#include <boost/beast/src.hpp>
