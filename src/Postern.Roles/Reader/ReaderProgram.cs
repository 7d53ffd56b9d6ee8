using Postern.Configuration;
using Postern.Interop.LibC;

namespace Postern.Roles.Reader;

/// <summary>
/// Who reads the configuration for posternd: <c>postern</c>, which is started for it and ends with it (docs/adr/0031-reader.md).
/// <para>Purpose: no TOML, no certificate and no name of a host is taken apart by the process that runs as root for months.</para>
/// <para>Trust: it is of the same build, and the operator's; a file that breaks it breaks nothing else.</para>
/// </summary>
internal sealed class ReaderProgram
{
    private const string Name = "postern";

    /// <summary>Configurations with a few hundred certificates and lists of policies are well below.</summary>
    private const int MaxAnswer = 128 * 1024 * 1024;

    private readonly string _path;
    private readonly string _problem;

    /// <summary>Held open: after an upgrade of the files, a posternd that runs on is still understood by the reader that it came with.</summary>
    private readonly int _fd;

    private ReaderProgram(string path, int fd, string problem)
    {
        _path = path;
        _fd = fd;
        _problem = problem;
    }

    /// <summary>Beside this program, or in the bin beside its sbin.</summary>
    public static ReaderProgram Find() => Find(AppContext.BaseDirectory);

    internal static ReaderProgram Find(string ownDirectory)
    {
        string[] places = [Path.Combine(ownDirectory, Name), Path.GetFullPath(Path.Combine(ownDirectory, "../bin", Name))];
        foreach (string place in places)
        {
            int fd = Descriptor.OpenToExecute(place);
            if (fd >= 0)
                return new ReaderProgram(place, fd, "");
        }

        return new ReaderProgram("", -1, $"{Name}, which reads it, is neither {string.Join(" nor ", places)}: install both programs of one build");
    }

    /// <summary>The configuration and all that it names. Waits for name servers, and for files that may lie on a network.</summary>
    /// <returns>With what went wrong as a problem of the file, whatever it is.</returns>
    public SnapshotResult ReadSnapshot(string file, int generation)
    {
        byte[]? answer = Run([ReaderWords.Command, ReaderWords.Snapshot, file, $"{generation}"], out string problem);
        SnapshotResult? result = answer is null ? null : ReaderAnswer.ReadSnapshot(answer);
        Array.Clear(answer ?? []);
        return result ?? new SnapshotResult(null, [Problem(file, answer is null ? problem : OtherVersion)]);
    }

    /// <param name="file">Null for the defaults.</param>
    public ServerResult ReadServer(string? file)
    {
        byte[]? answer = Run([ReaderWords.Command, ReaderWords.Server, .. file is null ? (string[])[] : [file]], out string problem);
        ServerResult? result = answer is null ? null : ReaderAnswer.ReadServer(answer);
        return result ?? new ServerResult(null, [Problem(file ?? Name, answer is null ? problem : OtherVersion)]);
    }

    private string OtherVersion => $"{_path}, which reads it, is of another version: install both programs of one build";

    private static ConfigurationProblem Problem(string file, string message) => new(Severity.Error, file, 0, 0, "", message);

    private byte[]? Run(ReadOnlySpan<string> arguments, out string problem)
    {
        problem = _problem;
        if (_fd < 0)
            return null;

        int answer = Descriptor.Memory([]);
        int pid = answer < 0 ? answer : ChildProcess.Start($"/proc/self/fd/{_fd}", arguments, answer);
        ChildExit exit = pid < 0 ? default : ChildProcess.Wait(pid);
        byte[]? bytes = pid < 0 || exit != default ? null : Descriptor.ReadWhole(answer, MaxAnswer);
        if (answer >= 0)
            Descriptor.Close(answer);
        if (bytes is null)
        {
            string why = pid < 0 ? "cannot be started: " + Errno.Describe(pid) : exit != default ? $"ended with {exit}" : "says too much";
            problem = $"{_path}, which reads it, {why}";
        }

        return bytes;
    }
}
