using Postern.Configuration.Forms;
using Postern.Configuration.Settings;

namespace Postern.Configuration;

/// <summary>
/// What <c>postern</c> does when posternd starts it: reads the configuration and all that it names, and ends (docs/adr/0031-reader.md).
/// What it found goes as one piece, for <see cref="ReaderAnswer"/>.
/// </summary>
public static class Reader
{
    /// <summary>The answer to <see cref="ReaderWords"/>; null when these arguments are none.</summary>
    /// <param name="arguments">As <see cref="ReaderWords"/> has them, without the first.</param>
    public static byte[]? Run(ReadOnlySpan<string> arguments) => arguments switch
    {
        [ReaderWords.Snapshot, var file, var generation] when int.TryParse(generation, out int number) => ReaderAnswer.Write(Load(file, number)),
        [ReaderWords.Server, var file] => ReaderAnswer.Write(Read(file)),
        [ReaderWords.Server] => ReaderAnswer.Write(new ServerResult(ConfigurationFile.DefaultServer, [])),
        _ => null,
    };

    private static SnapshotResult Load(string file, int generation)
    {
        ConfigurationResult read = ConfigurationFile.Read(file);
        if (read.Settings is null)
            return new SnapshotResult(null, read.Problems);

        SnapshotResult loaded = SnapshotBuilder.Load(read.Settings, file, generation);
        return loaded with { Problems = [.. read.Problems, .. loaded.Problems] };
    }

    private static ServerResult Read(string file)
    {
        ConfigurationResult read = ConfigurationFile.Read(file);
        return new ServerResult(read.Settings?.Server, read.Problems);
    }
}
