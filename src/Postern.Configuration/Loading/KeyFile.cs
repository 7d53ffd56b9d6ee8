namespace Postern.Configuration.Loading;

/// <summary>The mode of a file that holds a secret.</summary>
internal static class KeyFile
{
    public static bool IsReadByEverybody(string path)
    {
        try
        {
            return File.GetUnixFileMode(path).HasFlag(UnixFileMode.OtherRead);
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            // Exchanged since it was read, as at a renewal: nothing to warn of.
            return false;
        }
    }
}
