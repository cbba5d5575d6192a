// What a copy of a core with mutants in it calls. None of them acts unless LAB_MUTANT names it.
#pragma once

#include <cstdlib>

namespace mutant {

inline const int active = [] {
  const char* const named = std::getenv("LAB_MUTANT");
  return named != nullptr ? std::atoi(named) : 0;
}();

inline bool is(int number) { return number == active; }
inline bool negated(int number, bool condition) { return is(number) != condition; }

template <class Number>
Number shifted(int number, Number value) {
  return is(number) ? value + 1 : value;
}

/// a < b becomes a < less(7) < b: the first < makes a Left of a and the place, the second compares.
template <class Place, class T>
struct Left {
  const T& value;
  int number;
};

// The `other` sign is what stands there when the mutant acts.
#define LAB_MUTANT_COMPARISON(name, Place, sign, other)                      \
  struct Place {                                                             \
    int number;                                                              \
  };                                                                         \
  inline Place name(int number) { return {number}; }                         \
  template <class T>                                                         \
  Left<Place, T> operator sign(const T & value, Place place) {               \
    return {value, place.number};                                            \
  }                                                                          \
  template <class T, class U>                                                \
  bool operator sign(const Left<Place, T>& left, const U& right) {           \
    return is(left.number) ? left.value other right : left.value sign right; \
  }

LAB_MUTANT_COMPARISON(less, Less, <, <=)
LAB_MUTANT_COMPARISON(less_equal, LessEqual, <=, <)
LAB_MUTANT_COMPARISON(greater, Greater, >, >=)
LAB_MUTANT_COMPARISON(greater_equal, GreaterEqual, >=, >)
LAB_MUTANT_COMPARISON(equal, Equal, ==, !=)
LAB_MUTANT_COMPARISON(not_equal, NotEqual, !=, ==)

#undef LAB_MUTANT_COMPARISON

}  // namespace mutant
