using Postern.Configuration;
using Postern.Roles.Reader;
using Xunit;

namespace Postern.Roles.Tests;

/// <summary>What posternd says when its reader is not there, or is somebody else.</summary>
public sealed class ReaderProgramTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("postern-reader-");

    private string Sbin => Directory.CreateDirectory(Path.Combine(_folder.FullName, "sbin")).FullName;

    private string Bin => Directory.CreateDirectory(Path.Combine(_folder.FullName, "bin")).FullName;

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Neither_beside_posternd_nor_in_the_bin_beside_its_sbin() =>
        Assert.Equal($"t.toml: error: postern, which reads it, is neither {Sbin}/postern nor {Bin}/postern: install both programs of one build", Problem());

    [Fact]
    public void One_that_falls_over()
    {
        File.Copy("/bin/false", Path.Combine(Bin, "postern"));
        Assert.Equal($"t.toml: error: {Bin}/postern, which reads it, ended with exit status 1", Problem());
    }

    [Fact]
    public void One_that_says_nothing_that_is_understood()
    {
        File.Copy("/bin/true", Path.Combine(Sbin, "postern"));
        Assert.Equal($"t.toml: error: {Sbin}/postern, which reads it, is of another version: install both programs of one build, then restart posternd", Problem());
    }

    [Fact]
    public void One_that_is_no_program()
    {
        _ = Directory.CreateDirectory(Path.Combine(Sbin, "postern"));
        File.WriteAllText(Path.Combine(Bin, "postern"), "");
        Assert.StartsWith("t.toml: error: postern, which reads it, is neither", Problem(), StringComparison.Ordinal);
        File.SetUnixFileMode(Path.Combine(Bin, "postern"), UnixFileMode.UserRead | UnixFileMode.UserExecute);
        Assert.Equal($"t.toml: error: {Bin}/postern, which reads it, cannot be started: Exec format error", Problem());
    }

    /// <summary>One whose configuration is a FIFO, say; here it is tail -F, which waits for files that are not there.</summary>
    [Fact]
    public void One_that_is_never_done()
    {
        File.Copy("/usr/bin/tail", Path.Combine(Bin, "postern"));
        Assert.StartsWith($"-F: error: {Bin}/postern, which reads it, was not done in 1 seconds and was ended", Problem("-F"), StringComparison.Ordinal);
    }

    private string Problem(string file = "t.toml")
    {
        SnapshotResult result = ReaderProgram.Find(Sbin, TimeSpan.FromSeconds(1)).ReadSnapshot(file, 1);
        Assert.Null(result.Snapshot);
        return Assert.Single(result.Problems).ToString();
    }
}
