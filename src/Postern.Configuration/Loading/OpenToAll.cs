namespace Postern.Configuration.Loading;

/// <summary>A secret that every user of the machine can read.</summary>
internal static class OpenToAll
{
    public static void Warn(string path, Position at, string key, ProblemList problems)
    {
        try
        {
            if (File.GetUnixFileMode(path).HasFlag(UnixFileMode.OtherRead))
                problems.Warning(at, key, $"every user of this machine can read {Quoted.Escape(path)}: chmod o-r it");
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            // Exchanged since it was read, as at a renewal: nothing to warn of.
        }
    }
}
