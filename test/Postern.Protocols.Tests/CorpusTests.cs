using Postern.Fuzz;
using Xunit;

namespace Postern.Protocols.Tests;

/// <summary>Every input that a fuzzer ever found worth keeping, again: test/Postern.Fuzz/Corpus.</summary>
public sealed class CorpusTests
{
    public static TheoryData<string> Targets() => [.. Target.Fuzzed.Select(target => target.Name)];

    [Theory]
    [MemberData(nameof(Targets))]
    public void What_was_kept_breaks_nothing(string name)
    {
        var corpus = new Corpus(Path.Combine(AppContext.BaseDirectory, "Corpus"), name);
        Assert.True(corpus.Inputs.Count > 3, "the corpus of this target is missing");
        var random = new Random(1);
        Assert.All(corpus.Inputs, input => Assert.Null(Invariants.Broken(Target.Find(name), input, random, out _)));
    }
}
