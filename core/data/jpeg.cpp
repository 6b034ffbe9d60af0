// JPEG through libjpeg, which reports errors by a function that must not return: we leave it by longjmp, in
// this file alone, over frames that own nothing.
#include <csetjmp>
#include <cstddef>
#include <cstdio>  // jpeglib.h needs it

#include <jpeglib.h>

#include <jerror.h>

#include "core/data/picture.h"
#include "core/error.h"

namespace duet {
namespace {

struct Decoder {
  jpeg_decompress_struct info;
  jpeg_error_mgr errors;
  jpeg_progress_mgr progress;
  std::jmp_buf on_error;
  char message[JMSG_LENGTH_MAX];
};

[[noreturn]] void leave(j_common_ptr info) {
  auto* decoder = static_cast<Decoder*>(info->client_data);
  info->err->format_message(info, decoder->message);
  std::longjmp(decoder->on_error, 1);
}

// Where pixels were lost libjpeg warns, fills the rest with grey and goes on. We do not: a guess from a
// damaged picture is worth nothing. Its other warnings (bytes between markers, odd versions) lose no pixel.
void heed(j_common_ptr info, int level) {
  if (level >= 0) return;  // a trace message
  switch (info->err->msg_code) {
    case JWRN_HIT_MARKER:
    case JWRN_HUFF_BAD_CODE:
    case JWRN_JPEG_EOF:
    case JWRN_MUST_RESYNC: leave(info);
    default: break;
  }
}

// Every scan of a progressive JPEG goes over all of its pixels, however few bytes it has: a file of 100 KB
// could keep us for six seconds, one of 100 MB for hours. Programs write about ten.
constexpr int most_scans = 100;

void count_scans(j_common_ptr info) {
  auto* decoder = static_cast<Decoder*>(info->client_data);
  if (decoder->info.input_scan_number <= most_scans) return;
  std::snprintf(decoder->message, sizeof decoder->message, "it has more than %d scans", most_scans);
  std::longjmp(decoder->on_error, 1);
}

// The two halves of decoding. False, and the message says why, when libjpeg failed.
bool read_header(Decoder& decoder, std::span<const std::uint8_t> bytes) {
  if (setjmp(decoder.on_error)) return false;
  jpeg_create_decompress(&decoder.info);
  jpeg_mem_src(&decoder.info, bytes.data(), bytes.size());
  jpeg_read_header(&decoder.info, TRUE);
  return true;
}

bool read_pixels(Decoder& decoder, std::uint8_t* grey) {
  if (setjmp(decoder.on_error)) return false;
  decoder.progress.progress_monitor = count_scans;
  decoder.info.progress = &decoder.progress;
  decoder.info.out_color_space = JCS_GRAYSCALE;  // the Y of the file's YCbCr, which is Rec. 601 luma
  jpeg_start_decompress(&decoder.info);
  while (decoder.info.output_scanline < decoder.info.output_height) {
    JSAMPROW row = grey + static_cast<std::size_t>(decoder.info.output_scanline) * decoder.info.output_width;
    jpeg_read_scanlines(&decoder.info, &row, 1);
  }
  jpeg_finish_decompress(&decoder.info);
  return true;
}

}  // namespace

Picture decode_jpeg(std::span<const std::uint8_t> bytes, std::string_view name) {
  struct Destroying : Decoder {
    ~Destroying() { jpeg_destroy_decompress(&info); }
  } decoder{};
  decoder.info.err = jpeg_std_error(&decoder.errors);
  decoder.info.client_data = static_cast<Decoder*>(&decoder);
  decoder.errors.error_exit = leave;
  decoder.errors.emit_message = heed;
  if (!read_header(decoder, bytes)) fail(ErrorKind::data, "{}: a damaged JPEG: {}", name, decoder.message);
  // libjpeg makes no grey of it, and not all programs store it the same way round.
  if (decoder.info.num_components == 4)
    fail(ErrorKind::data, "{}: a JPEG in CMYK, the colours of print, cannot be read; convert it to RGB",
         name);
  check_picture_size(decoder.info.image_height, decoder.info.image_width, name);
  Picture picture{
      static_cast<int>(decoder.info.image_height), static_cast<int>(decoder.info.image_width), {}};
  picture.grey.resize(static_cast<std::size_t>(picture.height) * picture.width);
  if (!read_pixels(decoder, picture.grey.data()))
    fail(ErrorKind::data, "{}: a damaged JPEG: {}", name, decoder.message);
  return picture;
}

}  // namespace duet
