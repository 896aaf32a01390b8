// Vectors that are long and grow by one.
#pragma once

#include <vector>

namespace smeg {

// Makes room for one more, and for an eighth more than there is when that runs out; twice as much, as a vector would
// take by itself, is a lot where it stands for each of thousands of members. To be called before each insert.
template <class T>
void make_room(std::vector<T>& values) {
  constexpr std::size_t fewest = 8;
  if (values.size() == values.capacity()) values.reserve(values.size() + values.size() / 8 + fewest);
}

}  // namespace smeg
