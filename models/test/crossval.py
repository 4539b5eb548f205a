"""crossval.py TERNLAB FOLDER [SEED]: this program beside well-known Python implementations (ci/crossval installs them).

gguf: files of ours as it reads them, files that it writes as we read them. tokenizers: ids of generated strings.
transformers: logits of a small BitNet checkpoint.
"""

import copy
import importlib.metadata
import importlib.util
import json
import os
import pathlib
import random
import subprocess
import sys

import numpy as np

os.environ.setdefault("TORCHDYNAMO_DISABLE", "1")  # no compiler for a few small layers
program, folder = sys.argv[1], pathlib.Path(sys.argv[2])
seed = int(sys.argv[3]) if len(sys.argv) > 3 and sys.argv[3] else random.randrange(1 << 30)
rng = random.Random(seed)


def run(*words, stdin=b""):
    return subprocess.run([program, *map(str, words)], check=True, capture_output=True, input=stdin).stdout


def logits(model, tokens):
    run("logits", "--model", model, "--tokens", ",".join(map(str, tokens)), "-o", folder / "l.npy")
    return np.load(folder / "l.npy")


# ---- gguf ----------------------------------------------------------------------------------------------------------
def values(tensor):
    """The reader's shapes are ggml's: the contiguous dimension first."""
    import gguf
    return gguf.quants.dequantize(np.asarray(tensor.data), tensor.tensor_type).reshape(tuple(reversed(tensor.shape.tolist())))


def rewrite(reader, path, weights, head):
    """The same keys and values, quantised and written by that package."""
    import gguf
    Kind = gguf.GGMLQuantizationType
    writer = gguf.GGUFWriter(path, "bitnet-b1.58")
    for field in reader.fields.values():
        if field.name.startswith("GGUF.") or field.name in ("general.architecture", "general.alignment"):
            continue
        kind, of = field.types[0], field.types[-1] if len(field.types) > 1 else None
        writer.add_key_value(field.name, field.contents(), kind, sub_type=of)
    for t in reader.tensors:
        kind = Kind.F32 if len(t.shape) == 1 else head if t.name.startswith("token_embd") else weights
        writer.add_tensor(t.name, gguf.quants.quantize(values(t), kind), raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def check_gguf():
    import gguf
    Kind, count, tokens = gguf.GGMLQuantizationType, 0, [256, 1, 2, 77, 200, 3]
    for weights, head in (("tq1_0", "q6_k"), ("tq2_0", "q8_0"), ("f32", "f32"), ("f16", "f16"), ("bf16", "bf16")):
        ours, wide = folder / "ours.gguf", folder / "wide.gguf"
        run("model", "synth", "--preset", "tiny", "--type", weights, "--head", head, "--seed", seed, "-o", ours)
        run("model", "convert", ours, "--type", "f32", "--head", "f32", "-o", wide)
        theirs, floats = gguf.GGUFReader(ours), {t.name: t for t in gguf.GGUFReader(wide).tensors}
        table = {r["tensor"]: r for r in json.loads(run("model", "info", ours, "--json", "-"))}
        assert theirs.fields["general.architecture"].contents() == "bitnet-b1.58" and theirs.fields["bitnet-b1.58.block_count"].contents() == 2
        words = theirs.fields["tokenizer.ggml.tokens"].contents()
        assert len(words) == 512 and words[256] == "<|begin_of_text|>" and words[ord("a")] == "a"
        assert [t.name for t in theirs.tensors] == list(table) and set(table) == set(floats)
        for t in theirs.tensors:
            want = Kind.F32 if len(t.shape) == 1 else Kind[(head if t.name.startswith("token_embd") else weights).upper()]
            row = table[t.name]
            assert t.tensor_type == want and row["type"] == want.name, (t.name, t.tensor_type, want)
            assert row["shape"].split("x") == [str(n) for n in reversed((t.shape.tolist() + [1])[:2])] and int(row["bytes"]) == t.n_bytes, (t.name, row)
            assert np.array_equal(values(t), values(floats[t.name])), f"{t.name}: {want.name}: other values"
            count += 1
        # Theirs, read by us: the same bits. That package does not write Q6_K.
        if head != "q6_k":
            rewrite(theirs, folder / "theirs.gguf", Kind[weights.upper()], Kind[head.upper()])
            run("model", "verify", folder / "theirs.gguf", "--quiet")
            assert np.array_equal(logits(ours, tokens), logits(folder / "theirs.gguf", tokens)), f"{weights}, {head}: other logits"
    rewrite(gguf.GGUFReader(wide), folder / "tq1.gguf", Kind.TQ1_0, Kind.BF16)  # the last pair again: bf16 holds its values
    assert np.array_equal(logits(folder / "tq1.gguf", tokens), logits(ours, tokens)), "tq1_0: other logits"
    print(f"gguf {importlib.metadata.version('gguf')}: {count} tensors of 5 files: names, shapes, types, values; 5 files written by it: logits")


# ---- tokenizers ----------------------------------------------------------------------------------------------------
LLAMA3 = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
ALPHABETS = ["abcdefghij ETAOIN", " \n\t\r  ", "0123456789.,-", "äöüßéèñçø ", "我们的语言 ", "привет мир ", "🚀👍🏽👨‍👩‍👧 é̂", "'sSdDtTmM ", "<|eot_id|>x", "()[]{}=+*/&%$#@!?", "\u3000\u00a0\u2028\u200b ſKs"]


def strings(n):
    text = pathlib.Path("README.md").read_text()
    for i in range(n):
        if i % 4 == 0:
            at = rng.randrange(len(text))
            yield text[at : at + rng.randrange(120)]
        elif i % 4 == 1:
            yield "".join(chr(rng.choice([rng.randrange(32, 127), rng.randrange(0xA0, 0x2FF), rng.randrange(0x370, 0x1FFF), rng.randrange(0x3000, 0x9FFF)])) for _ in range(rng.randrange(30)))
        else:
            letters = "".join(rng.sample(ALPHABETS, 1 + i % 3))
            yield "".join(rng.choice(letters) for _ in range(rng.randrange(40)))


def make_tokenizer(path, split, ignore_merges):
    import tokenizers
    from tokenizers import decoders, models, pre_tokenizers, trainers
    t = tokenizers.Tokenizer(models.BPE(ignore_merges=ignore_merges))
    if split:
        t.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Split(tokenizers.Regex(split), "isolated"), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    else:
        t.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    t.decoder = decoders.ByteLevel()
    texts = [p.read_text() for p in (pathlib.Path("README.md"), pathlib.Path("kernels/README.md"))] + list(strings(2000))
    t.train_from_iterator(texts, trainers.BpeTrainer(vocab_size=1500, show_progress=False, initial_alphabet=pre_tokenizers.ByteLevel.alphabet()))
    t.add_special_tokens(["<|begin_of_text|>", "<|end_of_text|>", "<|eot_id|>"])
    t.save(str(path))
    return t


def check_tokenizers(each):
    import tokenizers
    total = 0
    for name, split, ignore in (("llama3", LLAMA3, False), ("llama3 ignore_merges", LLAMA3, True), ("gpt2", None, False)):
        path = folder / "tokenizer.json"
        t = make_tokenizer(path, split, ignore)
        for text in strings(each):
            want = t.encode(text, add_special_tokens=False).ids
            got = [int(i) for i in run("tokenize", "--tokenizer", path, "--no-bos", "-", stdin=text.encode()).split()]
            assert got == want, f"{name}: {text!r}: {want} was expected, found {got}"
            total += len(got)
    print(f"tokenizers {tokenizers.__version__}: {3 * each} strings, {total} ids")


# ---- transformers --------------------------------------------------------------------------------------------------
def check_transformers():
    missing = [name for name in ("torch", "transformers") if not importlib.util.find_spec(name)]
    if missing:
        print(f"transformers: skipped, no {' and '.join(missing)} here (CROSSVAL_TORCH=1 installs them, several GB)")
        return
    import torch
    import transformers
    from transformers.integrations.bitnet import AutoBitLinear
    # One model, in which no value rounds to int8 the other way; in others one does, all behind it follow, and the cosine falls
    # from 0.9999999 to 0.9993.
    torch.manual_seed(4)
    tokenizer = make_tokenizer(folder / "tokenizer.json", LLAMA3, False)
    config = transformers.BitNetConfig(vocab_size=tokenizer.get_vocab_size(), hidden_size=256, intermediate_size=768, num_hidden_layers=3, num_attention_heads=4,
                                       num_key_value_heads=2, max_position_embeddings=512, tie_word_embeddings=True, bos_token_id=1, eos_token_id=2)
    model = transformers.BitNetForCausalLM(config)
    with torch.no_grad():
        for name, p in model.named_parameters():  # values of BF16; not `model.to`, which would round the rotary angles too
            p.copy_((p + 0.1 * torch.randn_like(p) if "norm" in name else p).bfloat16().float())
    checkpoint = folder / "checkpoint"
    copy.deepcopy(model).to(torch.bfloat16).save_pretrained(checkpoint)
    tokenizer.save(str(checkpoint / "tokenizer.json"))
    for name, module in list(model.named_modules()):
        if isinstance(module, torch.nn.Linear) and name != "lm_head":
            other = AutoBitLinear(module.in_features, module.out_features, bias=False, online_quant=True)
            other.weight = module.weight
            model.set_submodule(name, other)

    class HalfCache(transformers.DynamicCache):
        """Keys and values in F16, as here."""

        def update(self, k, v, *words, **more):
            return super().update(k.half().double(), v.half().double(), *words, **more)

    tokens = torch.randint(config.vocab_size, (64,)).tolist()
    with torch.no_grad():
        want = model.double().eval()(torch.tensor([tokens]), past_key_values=HalfCache(), use_cache=True).logits[0].float().numpy()
    run("model", "convert", checkpoint, "--head", "bf16", "-o", folder / "hf.gguf")
    got = logits(folder / "hf.gguf", tokens)
    first = np.abs(got[0] - want[0]).max() / np.sqrt((want[0] ** 2).mean())
    cosine = (got * want).sum(1) / np.sqrt((got**2).sum(1) * (want**2).sum(1))
    assert first < 1e-4, f"position 0: 1e-4 of the rms was expected, found {first:.2g}"
    assert cosine.min() >= 0.9995, f"cosine 0.9995 was expected, found {cosine.min():.6f}"
    top = np.sort(want, 1)[:, -2:]
    clear = top[:, 1] - top[:, 0] > 3 * np.sqrt(2 - 2 * np.minimum(cosine, 1)) * np.sqrt((want**2).mean(1)) + 1e-4
    assert np.array_equal(got.argmax(1)[clear], want.argmax(1)[clear]), "the same likeliest tokens were expected"
    print(f"transformers {transformers.__version__}: 64 positions, the first to {first:.1e}, cosine {cosine.min():.7f}")


print(f"seed {seed}")
check_gguf()
check_tokenizers(1000)
check_transformers()
