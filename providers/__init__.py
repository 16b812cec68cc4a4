"""Engines behind one abstraction: STT, LLM, TTS, VAD, end of turn, embeddings, language id."""
