#include "crypto/crypto.h"
#include "io/io.h"  // planted: not below mesh
#include "local.h"
#include "mesh/mesh.h"

int main() {}
