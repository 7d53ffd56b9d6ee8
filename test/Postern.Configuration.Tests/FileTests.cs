namespace Postern.Configuration.Tests;

/// <summary>The file itself: there, readable, text.</summary>
public sealed class FileTests : IDisposable
{
    private readonly TestCertificates _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public void AMissingFile() => Expect("missing.toml", $"{_files.At("missing.toml")}: error: {_files.At("missing.toml")} does not exist");

    [Fact]
    public void ADirectory()
    {
        Directory.CreateDirectory(_files.At("d"));
        Expect("d", $"{_files.At("d")}: error: {_files.At("d")} is a directory, not a file");
    }

    [Fact]
    public void NotUtf8()
    {
        File.WriteAllBytes(_files.At("t"), [.. "# ä\n# caf"u8, 0xE9, .. "\n"u8]);
        Expect("t", $"{_files.At("t")}:2:6: error: not TOML: the file is not UTF-8 here");
    }

    [Fact]
    public void TooLarge()
    {
        File.WriteAllBytes(_files.At("t"), new byte[ConfigurationFile.MaxBytes + 1]);
        Expect("t", $"{_files.At("t")}: error: {_files.At("t")} has 1048577 bytes; more than 1048576 are not read");
    }

    [Fact]
    public void ProblemsNameTheFileAsItWasGiven()
    {
        _files.Write("t", "[[gate]]\nname = \"a\"\nprotocol = \"tcp\"\nlisten = [\"127.0.0.1:1143\"]\ntls = \"plain\"\nbackend = \"127.0.0.1:143\"\nmin-tls = 1.3\n");
        Expect("t", $"{_files.At("t")}:7:1: warning: gate[a].min-tls: has no effect with tls = \"plain\"", $"{_files.At("t")}:7:11: error: gate[a].min-tls: expected one of \"1.2\", \"1.3\", found a fraction");
    }

    private void Expect(string file, params string[] problems)
    {
        ConfigurationResult result = ConfigurationFile.Read(_files.At(file), new Machine("mail.example", 1, false));
        Assert.Equal(problems, result.Problems.Select(problem => problem.ToString()));
        Assert.Null(result.Settings);
    }
}
