// A target of its own carries the precompiled header; CMake wants a source in it.
