#include "tools/train_options.h"

namespace duet {

void declare_options(CLI::App& command, TrainOptions& o) {
  add_data_argument(command, o.data.data);
  note_whether_given(add_hidden(command, o.hidden), o.hidden_given);
  add_real(command, "--learning-rate", o.config.learning_rate, learning_rates, "Adam's step size");
  add_real(command, "--beta1", o.config.beta1, decays, "Decay of Adam's mean of gradients");
  add_real(command, "--beta2", o.config.beta2, decays, "Decay of Adam's mean of squared gradients");
  add_real(command, "--epsilon", o.config.epsilon, epsilons, "Keeps Adam's division from zero");
  add_batch(command, o.config.batch);
  add_integer(command, "--epochs", o.epochs, epoch_counts, "Times through the training examples");
  add_integer(command, "--seed", o.config.seed, seeds, "Of the initial weights and the shuffles");
  add_choice(command, "--shuffle", o.shuffle, {"epoch", "none"}, "Anew before every epoch, or never");
  add_splits(command, o.data);
  add_device_options(command, o.device);
  add_data_dir(command, o.data.data_dir);
  add_text(command, "--out", o.out, "DIR", "The run folder; otherwise runs/TIME-DATA");
  add_text(command, "--init-from", o.init_from, "FILE",
           "Initial weights from a safetensors file or a run folder");
  add_text(command, "--log-steps", o.log_steps, "FILE", "Write loss and accuracy of every step");
  add_text(command, "--tensorboard", o.tensorboard, "DIR", "Write a file of events for TensorBoard in it");
  add_text(command, "--checkpoint-every", o.checkpoint_every, "N|epoch|Ns",
           "Keep all that 'duet resume' needs every N steps, every epoch, or every N seconds");
  add_integer(command, "--keep", o.keep, kept_checkpoints,
              "Checkpoints that stay, the newest, also at the end; otherwise one until then");
  add_flag(command, "--dry-run", o.dry_run,
           "Print what memory it will need, beside what is free; train nothing, write nothing");
  add_flag(command, "--report", o.report, "Make report.html in the run folder at the end");
  add_flag(command, "--force", o.force, "Replace what an earlier run left in --out and --log-steps");
  add_flag(command, "--json", o.json, "Print one JSON object; the epoch lines go to standard error");
  add_progress(command, o.progress);
  add_flag(command, "--quiet", o.quiet, "No epoch lines, no progress; errors always");
}

}  // namespace duet
