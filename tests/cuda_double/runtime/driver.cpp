// libcuda.so.1: programs ask whether it is there before they load anything large. Nobody calls it but the
// real runtime, whose place the double has.
namespace duet::cuda_double {

extern const int driver_is_here = 1;

}  // namespace duet::cuda_double
