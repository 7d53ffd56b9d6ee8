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
        Assert.Equal($"t.toml: error: {Sbin}/postern, which reads it, is of another version: install both programs of one build", Problem());
    }

    [Fact]
    public void One_that_is_no_program()
    {
        File.WriteAllText(Path.Combine(Sbin, "postern"), "");
        Assert.Equal($"t.toml: error: {Sbin}/postern, which reads it, cannot be started: Permission denied", Problem());
    }

    private string Problem()
    {
        SnapshotResult result = ReaderProgram.Find(Sbin).ReadSnapshot("t.toml", 1);
        Assert.Null(result.Snapshot);
        return Assert.Single(result.Problems).ToString();
    }
}
