// Nothing: CMake wants a source file to hang the precompiled headers on.
