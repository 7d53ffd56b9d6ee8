using System.Diagnostics;

namespace Postern.Fuzz;

/// <summary>
/// Postern.Fuzz TARGET|all [--seconds N] [--corpus DIR]: mutates the kept inputs of a target, keeps what shows something
/// new, and stops at the first input that breaks an invariant, which it writes to a file.
/// </summary>
internal static class Program
{
    private const int DefaultSeconds = 10;
    private const int MaxKept = 60;

    private static int Main(string[] arguments)
    {
        string? name = null;
        int seconds = DefaultSeconds;
        string corpus = Path.Combine(AppContext.BaseDirectory, "Corpus");
        for (int i = 0; i < arguments.Length; i++)
        {
            switch (arguments[i])
            {
                case "--seconds" when i + 1 < arguments.Length && int.TryParse(arguments[i + 1], out seconds):
                    i++;
                    break;
                case "--corpus" when i + 1 < arguments.Length:
                    corpus = arguments[++i];
                    break;
                default:
                    name = name is null ? arguments[i] : "";
                    break;
            }
        }

        Target[] targets = [.. Target.Fuzzed.Where(target => name is "all" || target.Name == name)];
        if (targets.Length == 0)
        {
            Console.Error.WriteLine("usage: Postern.Fuzz TARGET|all [--seconds N] [--corpus DIR]");
            Console.Error.WriteLine("targets: " + string.Join(' ', Target.Fuzzed.Select(target => target.Name)));
            return 2;
        }

        return targets.All(target => Fuzz(target, seconds, corpus)) ? 0 : 1;
    }

    private static bool Fuzz(Target target, int seconds, string root)
    {
        int seed = Random.Shared.Next();
        var random = new Random(seed);
        var mutator = new Mutator(random);
        var corpus = new Corpus(root, target.Name);
        foreach (byte[] input in corpus.Inputs)
        {
            if (!Try(target, input, random, corpus, out _))
                return false;
        }

        long start = Stopwatch.GetTimestamp();
        long runs = 0;
        while (Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(seconds))
        {
            byte[] input = mutator.Mutate(Pick(corpus, random), Pick(corpus, random));
            runs++;
            if (!Try(target, input, random, corpus, out bool isNew))
                return false;
            if (isNew && corpus.Inputs.Count < MaxKept)
                corpus.Keep(input);
        }

        Console.Out.WriteLine($"{target.Name}: {runs} inputs, {corpus.Inputs.Count} kept, seed {seed}, nothing broken");
        return true;
    }

    private static byte[] Pick(Corpus corpus, Random random) =>
        corpus.Inputs.Count == 0 ? [] : corpus.Inputs[random.Next(corpus.Inputs.Count)];

    private static bool Try(Target target, byte[] input, Random random, Corpus corpus, out bool isNew)
    {
        isNew = false;
        if (Invariants.Broken(target, input, random, out Outcome? outcome) is { } broken)
        {
            string file = Path.GetFullPath($"fuzz-{target.Name}.bin");
            File.WriteAllBytes(file, input);
            Console.Error.WriteLine($"{target.Name}: broken by {file}\n\"{Escaped.Of(input)}\"\n{broken}");
            return false;
        }

        isNew = corpus.IsNew(outcome!);
        return true;
    }
}
