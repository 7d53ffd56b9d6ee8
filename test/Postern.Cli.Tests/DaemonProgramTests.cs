using Postern.Cli.Daemon;

namespace Postern.Cli.Tests;

public sealed class DaemonProgramTests : IDisposable
{
    private readonly string _own = Directory.CreateTempSubdirectory("postern-own-").FullName;
    private readonly string _other = Directory.CreateTempSubdirectory("postern-other-").FullName;

    public void Dispose()
    {
        Directory.Delete(_own, recursive: true);
        Directory.Delete(_other, recursive: true);
    }

    [Fact]
    public void The_program_beside_our_own_comes_first()
    {
        string beside = Place(_own, executable: true);
        _ = Place(_other, executable: true);
        Assert.Equal(beside, DaemonProgram.Find(_own, _other));
    }

    [Fact]
    public void Then_the_path_is_searched() => Assert.Equal(Place(_other, executable: true), DaemonProgram.Find(_own, "/nowhere:" + _other));

    [Fact]
    public void A_file_that_cannot_be_run_is_passed_over()
    {
        _ = Place(_own, executable: false);
        Assert.Equal(Place(_other, executable: true), DaemonProgram.Find(_own, _other));
    }

    [Fact]
    public void The_working_directory_is_not_meant() => Assert.Null(DaemonProgram.Find(_own, ":."));

    private static string Place(string folder, bool executable)
    {
        string path = Path.Combine(folder, "posternd");
        File.WriteAllText(path, "");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | (executable ? UnixFileMode.UserExecute : UnixFileMode.UserWrite));
        return path;
    }
}
