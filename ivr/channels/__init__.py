"""Where calls come from: telephone, recording, microphone, keyboard."""
